// Reads every accepted mission that has not ended from serve, when following events was not enough: after a reset, or when
// another serve answers. Must not send missions.
import type { Client } from "../client/client.ts";
import type { Log } from "../core/node/log.ts";
import { isUnknownToServe } from "./judge.ts";
import { newsOfMission } from "./queue/mirror.ts";
import type { Outbox } from "./queue/outbox.ts";

const AT_ONCE = 8;
const PAGE = 256;

export type ReconcileInput = { readonly client: Client; readonly serveId: string; readonly outbox: Outbox; readonly log: Log; readonly signal: AbortSignal };

/** Mirrors what serve knows of one accepted mission; one that it does not know is suspended. Rejects if serve could not be read. */
export async function readAccepted(missionId: string, { client, serveId, outbox, log, signal }: ReconcileInput): Promise<void> {
  try {
    await outbox.applyRead(serveId, newsOfMission(await client.mission(missionId, signal)));
  } catch (error) {
    if (!isUnknownToServe(error)) throw error;
    await outbox.applyUnknown(missionId);
    log.warn({ mission_id: missionId, serve_id: serveId }, "serve does not know this mission, though it was accepted");
  }
}

/** The same for every one that has not ended. What could not be read is then still to be done. */
export async function reconcile(input: ReconcileInput): Promise<void> {
  const { client, serveId, outbox, signal } = input;
  let after = 0;
  for (;;) {
    if (signal.aborted) return;
    const page = outbox.openMissions(after, PAGE);
    const last = page.at(-1);
    if (!last) break;
    after = last.n;
    const rest = [...page];
    const lane = async (): Promise<void> => {
      for (let mission = rest.shift(); mission && !signal.aborted; mission = rest.shift()) await readAccepted(mission.missionId, input);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }
  const sessions = await client.sessions();
  await outbox.applySessions(
    serveId,
    sessions.map(({ session_id, state }) => ({ session_id, state, seq: null })),
  );
  if (!signal.aborted) await outbox.reconciled(serveId);
}
