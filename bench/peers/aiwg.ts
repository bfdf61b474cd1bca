// Serve's store through its interface: stored and assigned to a free executor, reported started, reported completed.
// Must not use anything that serve itself does not use.
import { join } from "node:path";
import { AiwgError } from "../../src/core/errors.ts";
import { mintId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/core/time.ts";
import type { ReportFrame } from "../../src/mission/wire/frames.ts";
import { openSqliteStore } from "../../src/serve/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/serve/store/store.ts";
import { PAYLOAD, type Peer, type Where } from "./peer.ts";

const EXECUTOR = "e-bench";
const EPOCH = "epoch-bench";

/** Durable operations of one cycle. */
export const OPS_PER_CYCLE = 3;

/** Registers an executor and connects it, as a link would. */
export async function connectExecutor(store: Store, executorId: string, epoch: string, slots: number): Promise<void> {
  const body = { executor_id: executorId, name: executorId, version: "1", spec_version: "1.0.0" as const, capabilities: ["runtime:command"], slots };
  await store.registerExecutor({ body, tokenHash: "0".repeat(64), by: { tokenId: "bench", role: "admin", executorId: null, expiresAt: null } });
  await store.resync(executorId, { epoch, owned: [], slots });
}

/** Opens a store in the folder; `onCommit` hears of every transaction that changed a mission. */
export async function openAiwg({ folder }: Pick<Where, "folder">, onCommit: () => void = () => undefined): Promise<Peer> {
  const store = openSqliteStore({ path: join(folder, "serve.db"), clock: systemClock });
  await connectExecutor(store, EXECUTOR, EPOCH, 100_000);
  store.subscribe(onCommit);
  let srcSeq = 0;
  const report = async (event: "mission.started" | "mission.completed", mission_id: string, attempt: number): Promise<void> => {
    const frame: ReportFrame = { event, mission_id, attempt, src_seq: ++srcSeq, data: {} };
    const verdict = await store.report(EXECUTOR, EPOCH, frame);
    if (verdict.outcome !== "applied") throw new AiwgError("internal", `${event} was ${verdict.outcome}`);
  };
  return {
    async cycle() {
      const mission_id = mintId("m", Date.now());
      const body = { ...PAYLOAD, mission_id };
      const { response } = await store.dispatch({
        sessionId: "s-bench",
        body,
        hash: Buffer.from(mission_id),
        key: mission_id,
        respondAsync: true,
        traceparent: null,
      });
      if (response.status !== "assigned") throw new AiwgError("internal", "the mission was not assigned at once");
      await report("mission.started", mission_id, response.attempt);
      await report("mission.completed", mission_id, response.attempt);
    },
    close: () => store.close(),
  };
}
