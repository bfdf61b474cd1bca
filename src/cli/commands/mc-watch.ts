// `aiwg mc watch`: follows one mission from its beginning to its end, or everything of a session or project from now on.
import { AiwgError, messageOf } from "../../core/errors.ts";
import { sleep } from "../../core/time.ts";
import type { EventsQuery } from "../../client/client.ts";
import { type Cli, defineCommand } from "../command.ts";
import { eventLine } from "../event-line.ts";
import { switchFlag, text, valueFlag } from "../flags.ts";
import { followToEnd } from "../follow.ts";
import { withQueue } from "../queueing.ts";
import { tryServe } from "../serve-door.ts";
import { signalExit } from "../signals.ts";
import { findSubject } from "../subject.ts";

type Flags = { readonly jsonl: boolean; readonly queue?: string | undefined };

const AGAIN_MS = 500;

// Everything from now on, through restarts of serve, until a signal.
async function watchMany(cli: Cli, filter: Pick<EventsQuery, "session" | "project">, jsonl: boolean): Promise<number> {
  const { ui } = cli;
  if (ui.json) throw new AiwgError("usage", "--json gives one object, but this stream has no end", { hint: "Use --jsonl: one object a line." });
  const leaving = new AbortController();
  let code = 0;
  const release = cli.signals.take((name) => {
    code = signalExit(name);
    leaving.abort();
  });
  let after: number | undefined;
  let said = "";
  const fault = (reason: string): void => {
    if (reason !== said) ui.say({ text: `! ${reason}; waiting for it`, tone: "warn" });
    said = reason;
  };
  while (!leaving.signal.aborted) {
    const door = await tryServe(cli);
    try {
      if ("fault" in door) fault(door.fault);
      else {
        for await (const item of door.client.events({ ...filter, after }, leaving.signal)) {
          said = "";
          if (item.kind === "hello") after ??= item.head;
          else if (item.kind === "reset") after = undefined;
          else {
            after = item.event.seq;
            if (jsonl) ui.jsonLine(item.event);
            else ui.dataLine(eventLine(item.event, { withId: true }));
          }
        }
      }
    } catch (error) {
      fault(messageOf(error));
    }
    await sleep(AGAIN_MS, leaving.signal, cli.clock);
  }
  release();
  return code;
}

export const command = defineCommand({
  examples: ["aiwg mc watch m-0193", "aiwg mc watch nightly", "aiwg mc watch --jsonl"],
  parameters: {
    flags: { jsonl: switchFlag("Each event as a JSON line"), queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "Mission or session (default: this project)", parse: text, placeholder: "mission", optional: true }] },
  },
  async run(cli: Cli, flags: Flags, name?: string) {
    if (name === undefined) return watchMany(cli, { project: (await cli.project()).id }, flags.jsonl);
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      return subject.kind === "session"
        ? watchMany(cli, { session: subject.id }, flags.jsonl)
        : followToEnd(cli, queue, subject.id, { jsonl: flags.jsonl, patient: true });
    });
  },
});
