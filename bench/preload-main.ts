// Missions that went all the way long ago: queue path, store path, project folder, how many. In the queue, sent; in serve's
// store, owned by an executor that is away; mirrored from its events. Must not run beside a bridge or a serve.
import { newsOfEvent } from "../src/bridge/queue/mirror.ts";
import { openQueue } from "../src/bridge/queue/open-queue.ts";
import { openOutbox } from "../src/bridge/queue/outbox.ts";
import { ownProcess } from "../src/core/node/processes.ts";
import { systemClock } from "../src/core/time.ts";
import { openSqliteStore } from "../src/serve/store/sqlite/sqlite-store.ts";
import { fillQueue } from "./fill-queue.ts";
import { connectExecutor } from "./peers/aiwg.ts";

const [queuePath = "", storePath = "", folder = "", count = "0"] = process.argv.slice(2);
const EXECUTOR = "e-away";
const AT_ONCE = 1_000;

const ids = await fillQueue(queuePath, folder, Number(count));
const queue = openQueue(queuePath, systemClock);
const store = openSqliteStore({ path: storePath, clock: systemClock });
await connectExecutor(store, EXECUTOR, "epoch-away", 100_000);
let srcSeq = 0;
async function own(id: string): Promise<void> {
  const body = queue.body(id);
  const mission = queue.mission(id);
  if (!body || !mission) return;
  const { response } = await store.dispatch({ sessionId: mission.session_id, body, hash: Buffer.from(id), key: id, respondAsync: true, traceparent: null });
  srcSeq += 1;
  await store.report(EXECUTOR, "epoch-away", { event: "mission.assigned", mission_id: id, attempt: response.attempt, src_seq: srcSeq });
}
for (let i = 0; i < ids.length; i += AT_ONCE) await Promise.all(ids.slice(i, i + AT_ONCE).map(own));
queue.close();

const outbox = openOutbox(queuePath, {
  clock: systemClock,
  onFatal: () => process.exit(1),
});
outbox.begin(ownProcess());
await outbox.connect(store.serveId, 0);
for (let taken = await outbox.takeDue(store.serveId, AT_ONCE); taken.length > 0; taken = await outbox.takeDue(store.serveId, AT_ONCE)) {
  await Promise.all(taken.map(({ missionId }) => outbox.settle(missionId, { kind: "accepted", state: "assigned", executorId: EXECUTOR, attempt: 1 })));
}
for (let after = 0, head = await store.head(); after < head;) {
  const { events, scanned } = await store.events(after, AT_ONCE, {});
  const news = events.map(newsOfEvent).filter((item) => item !== undefined);
  await outbox.applyEvents(store.serveId, news, scanned);
  after = scanned;
}
await outbox.reconciled(store.serveId);
outbox.end();
await store.close();
