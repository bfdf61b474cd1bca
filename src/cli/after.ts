// Which missions a new one waits for, by one rule: a value that a known mission has, or alone begins with, is that mission; any
// other valid id is a whole one that is still to come. Must not change anything.
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { nearest } from "../core/text.ts";
import type { Queue } from "../bridge/queue/queue.ts";
import type { Cli } from "./command.ts";
import { findSubject } from "./subject.ts";

/** A whole id, and what a person should hear of how it was read. */
type Read = { readonly id: string; readonly note?: string };
/** `earlier`: what the same mission waits for already, if this is a repeat; a repeat means what it meant the first time. */
export type AfterReader = (typed: string, earlier?: readonly string[]) => Promise<Read>;

const MOST_COMPARED = 500;

function asBefore(typed: string, earlier: readonly string[]): Read | undefined {
  const begins = earlier.filter((id) => id.startsWith(typed));
  const id = earlier.includes(typed) ? typed : begins.length === 1 ? begins[0] : undefined;
  return id === undefined ? undefined : { id };
}

/** Reads ids as typed, each asked for once. `coming` are ids that are about to be queued themselves. Throws `usage` for a prefix of several, and for a session. */
export function afterReader(cli: Cli, queue: Queue, coming: ReadonlySet<string> = new Set()): AfterReader {
  const known = new Map<string, Promise<Read>>();
  async function find(typed: string): Promise<Read> {
    if (coming.has(typed) || queue.isKnown(typed)) return { id: typed };
    try {
      const subject = await findSubject(cli, queue, typed);
      if (subject.kind === "session")
        throw new AiwgError("usage", `--after: ${typed} is a session; a mission waits for missions`, { hint: `See aiwg mc list ${typed}.` });
      return subject.id === typed ? { id: typed } : { id: subject.id, note: `--after ${typed}: waits for ${subject.id}` };
    } catch (error) {
      // A serve that cannot be asked does not keep a mission from being queued.
      if (!isAiwgError(error) || error.code === "usage") throw error;
      const like = coming.size > MOST_COMPARED ? undefined : nearest(typed, [...coming]);
      return { id: typed, note: `--after ${typed}: no such mission is known here; it waits until one comes${like ? ` (did you mean ${like}?)` : ""}` };
    }
  }
  return (typed, earlier = []) => {
    const before = asBefore(typed, earlier);
    if (before) return Promise.resolve(before);
    const asked = known.get(typed) ?? find(typed);
    known.set(typed, asked);
    return asked;
  };
}
