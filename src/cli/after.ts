// Which missions a new one waits for: prefixes made whole. An id that nobody knows is taken only if it is a whole one of
// ours, since serve waits for unknown ids and a slip of the finger would wait for ever. Must not change anything.
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Queue } from "../bridge/queue/queue.ts";
import type { Cli } from "./command.ts";
import { findSubject } from "./subject.ts";

const WHOLE = /^m-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads ids as typed into whole ones, each asked for once. `coming` are ids that are about to be queued themselves. */
export function afterReader(cli: Cli, queue: Queue, coming: ReadonlySet<string> = new Set()): (typed: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  async function find(typed: string): Promise<string> {
    if (coming.has(typed) || (WHOLE.test(typed) && queue.mission(typed) !== undefined)) return typed;
    try {
      const subject = await findSubject(cli, queue, typed);
      if (subject.kind === "mission") return subject.id;
    } catch (error) {
      if (!isAiwgError(error) || error.code !== "not_found") throw error;
      if (WHOLE.test(typed) && isId(typed)) return typed;
      throw new AiwgError("not_found", `--after: ${error.message}`, {
        hint: "Name a mission that is queued, or the whole id of one that is to come.",
        cause: error,
      });
    }
    throw new AiwgError("usage", `--after: ${typed} is a session; a mission waits for missions`, { hint: `See aiwg mc list ${typed}.` });
  }
  return (typed) => {
    const asked = known.get(typed) ?? find(typed);
    known.set(typed, asked);
    return asked;
  };
}

/** The ids of one circle among missions that wait for each other, in order; undefined if there is none. */
export function circleAmong(waitsFor: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const settled = new Set<string>();
  for (const start of waitsFor.keys()) {
    // Depth first without recursion: a chain may be as long as a file.
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack: { readonly id: string; readonly leave: boolean }[] = [{ id: start, leave: false }];
    for (let at = stack.pop(); at; at = stack.pop()) {
      if (at.leave) {
        onPath.delete(at.id);
        path.pop();
        settled.add(at.id);
        continue;
      }
      if (onPath.has(at.id)) return [...path.slice(path.indexOf(at.id)), at.id];
      if (settled.has(at.id)) continue;
      onPath.add(at.id);
      path.push(at.id);
      stack.push({ id: at.id, leave: true });
      for (const next of waitsFor.get(at.id) ?? []) stack.push({ id: next, leave: false });
    }
  }
  return undefined;
}
