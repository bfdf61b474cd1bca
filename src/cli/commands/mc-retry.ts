// `aiwg mc retry`: runs an ended mission again, as a new one whose id is minted here, so that a repeat is a replay.
import { AiwgError } from "../../core/errors.ts";
import { mintId } from "../../core/ids.ts";
import { MISSION_STATES } from "../../mission/model.ts";
import type { Queue } from "../../bridge/queue/queue.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, id as idFlag, text, valueFlag } from "../flags.ts";
import { isEnded, isUnsent } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import { requireServe, tryServe } from "../serve-door.ts";
import { isCode, missionsAtServe } from "../steer.ts";
import { type MissionSubject, type SessionSubject, findSubject } from "../subject.ts";
import { MISSION_OR_SESSION } from "../tell-steered.ts";
import { stateCell } from "../ui.ts";

type Flags = { readonly as?: string | undefined; readonly dryRun: boolean; readonly queue?: string | undefined };
type Retried = { readonly mission_id: string; readonly retry_of: string; readonly session_id: string; readonly state: string };

const MOST = 100_000;

// Serve never had it: what is queued here is queued once more.
function again(queue: Queue, row: NonNullable<MissionSubject["row"]>, newId: string): Retried {
  const body = queue.body(row.mission_id);
  if (!body) throw new AiwgError("not_found", `the queue has no body of ${row.mission_id} any more`);
  const { project: _project, after: _after, ...rest } = body;
  const [only] = queue.enqueue({
    project: row.project,
    session: row.session_id,
    missions: [{ body: { ...rest, mission_id: newId }, retryOf: row.mission_id }],
  });
  return { mission_id: newId, retry_of: row.mission_id, session_id: row.session_id, state: only?.state ?? "pending" };
}

async function retry(cli: Cli, queue: Queue, { id, row }: MissionSubject, newId: string): Promise<Retried> {
  // The mirror may be behind; of what was accepted serve knows whether it has ended.
  if (row && isUnsent(row.state)) throw new AiwgError("state_conflict", `${id} has not ended: ${row.state}`, { hint: `End it first: aiwg mc abort ${id}.` });
  if (row && row.serve_id === null && !isEnded(row.state))
    throw new AiwgError("state_conflict", `${id} has not ended: ${row.state}`, {
      hint: `Let it go on with aiwg mc resume ${id}, or end it with aiwg mc abort ${id}.`,
    });
  const door = await tryServe(cli);
  // Failed or aborted before any serve took it.
  if (row && row.seq === 0 && row.serve_id === null) return again(queue, row, newId);
  const client = "client" in door ? door.client : await requireServe(cli);
  try {
    const { session_id, status } = await client.retry(id, newId);
    const [{ serve_id }, mission, project] = await Promise.all([client.version(), client.mission(newId), cli.project()]);
    queue.adopt(mission, serve_id, { id: project.id, name: project.name });
    return { mission_id: newId, retry_of: id, session_id, state: status };
  } catch (error) {
    if (row && isCode(error, "not_found")) return again(queue, row, newId);
    if (!isCode(error, "unreachable") && !isCode(error, "store_unavailable")) throw error;
    throw new AiwgError("unreachable", `serve did not say whether it took the retry ${newId}`, {
      hint: `Repeat it as the same one: aiwg mc retry ${id} --as ${newId}`,
      cause: error,
    });
  }
}

// Of a session what failed is run again, once: what has a retry already is left alone.
async function failedIn(cli: Cli, queue: Queue, session: SessionSubject): Promise<string[]> {
  const rows = session.inQueue ? queue.missions({ session: session.id, limit: MOST }) : [];
  const door = await tryServe(cli);
  const all = [...rows, ...("client" in door ? await missionsAtServe(door.client, session.id, MISSION_STATES) : [])];
  const retried = new Set(all.map(({ retry_of }) => retry_of ?? null));
  const failed = all.filter(({ state }) => state === "failed").map(({ mission_id }) => mission_id);
  return [...new Set(failed)].filter((id) => !retried.has(id)).toSorted();
}

export const command = defineCommand({
  examples: ["aiwg mc retry m-0193", "aiwg mc retry nightly    # what failed in it"],
  parameters: {
    flags: {
      as: valueFlag(idFlag, "Id of the new mission; a repeat with it is the same retry (default: minted)", "ID"),
      dryRun: DRY_RUN,
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
    positional: MISSION_OR_SESSION,
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      if (subject.kind === "session" && flags.as !== undefined)
        throw new AiwgError("usage", "--as: a session has many missions", { hint: "Name one mission." });
      const ids = subject.kind === "mission" ? [subject.id] : await failedIn(cli, queue, subject);
      if (flags.dryRun) {
        ui.result("retry", { dry_run: true, missions: ids.map((id) => ({ retry_of: id })) }, () => {
          for (const id of ids) ui.data(`${id} would be run again as a new mission`);
        });
        return 0;
      }
      const done: Retried[] = [];
      for (const id of ids) {
        const one = subject.kind === "mission" ? subject : ({ kind: "mission", id, row: queue.mission(id), mission: undefined } as const);
        done.push(await retry(cli, queue, one, flags.as ?? mintId("m", cli.clock.now())));
      }
      ui.result("retry", { missions: done }, () => {
        for (const { mission_id, state, retry_of } of done) {
          if (subject.kind === "mission") ui.data(mission_id);
          else ui.dataLine([mission_id, "  ", stateCell(state), { text: `  again ${retry_of}`, tone: "dim" }]);
        }
        if (done.length === 0) ui.say("nothing to retry: no mission of the session failed without a retry");
        else ui.next([`aiwg mc watch ${subject.kind === "mission" ? (done[0]?.mission_id ?? name) : name}`]);
      });
      return 0;
    });
  },
});
