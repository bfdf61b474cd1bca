// The bridge against the real serve: what the scripted one of the other tests cannot prove.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient } from "../src/client/client.ts";
import { startServe } from "../src/serve/serve.ts";
import { serveIn, startRig, type Rig } from "./contract/serve-rig.ts";
import { BridgeWorld, project } from "./support/bridge-world.ts";

let rig: Rig;
let world: BridgeWorld;
beforeEach(async () => {
  rig = await startRig();
  const { token } = await rig.mint("operate");
  world = new BridgeWorld({ url: rig.serve.url, token });
});
afterEach(async () => {
  await world.close();
  await rig.end();
});

const until = { timeout: 15_000, interval: 10 };

test("missions arrive once, wait with serve's reason, and an abort comes back over the events", async () => {
  world.start();
  world.add("m-1", "m-2");
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 2 });
  expect(world.mission("m-1")).toMatchObject({ reason: expect.stringMatching(/./), serve_id: rig.serve.serveId });
  const client = createClient({ url: rig.serve.url, token: rig.admin });
  const page = await client.missions({ project: project.id, counts: true });
  expect(page.counts).toMatchObject({ queued: 2 });
  await client.abort("m-1", { reason: "enough" });
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "aborted", reason: expect.stringContaining("enough") });
});

test("a serve that restarts elsewhere with its store is the same serve: cursor and intents go on", async () => {
  world.start();
  world.add("m-1");
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
  await rig.serve.stop();
  world.add("m-2");
  await expect.poll(() => world.mission("m-2"), until).toMatchObject({ state: "pending", reason: expect.stringContaining("serve") });
  const again = await startServe(serveIn(rig.dir));
  world.target.point({ url: again.url, token: rig.admin });
  await expect.poll(() => world.state("m-2"), until).toBe("queued");
  const client = createClient({ url: again.url, token: rig.admin });
  await client.abort("m-1");
  await expect.poll(() => world.state("m-1"), until).toBe("aborted");
  await world.close();
  await again.stop();
  world = new BridgeWorld({ fault: "nothing to do" });
});

test("an abort that overtakes its mission leaves a tombstone, and the queue says aborted", async () => {
  const client = createClient({ url: rig.serve.url, token: rig.admin });
  expect(await client.abort("m-early")).toMatchObject({ state: "aborted" });
  world.start();
  world.add("m-early");
  await expect.poll(() => world.state("m-early"), until).toBe("aborted");
});

test("what serve answers from its memory of an id but has purged is said to be unknown to it, not assigned for ever", async () => {
  const client = createClient({ url: rig.serve.url, token: rig.admin });
  world.add("m-old");
  const waiting = [...world.queue.exportMissions({})].join("\n");
  world.start();
  await expect.poll(() => world.state("m-old"), until).toBe("queued");
  await client.abort("m-old");
  await expect.poll(() => world.state("m-old"), until).toBe("aborted");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await client.purge(1)).toBe(1);
  // A queue that was restored from before it was sent.
  const restored = new BridgeWorld({ url: rig.serve.url, token: rig.admin });
  restored.queue.importMissions(project, waiting);
  restored.start();
  await expect.poll(() => restored.mission("m-old"), until).toMatchObject({ state: "suspended", reason: "unknown_to_serve" });
  await restored.close();
});

test("a token with too small a role fails nothing, and says so; with the right one it goes on", async () => {
  const small = await rig.mint("read");
  world.target.point({ url: rig.serve.url, token: small.token });
  world.start();
  world.add("m-1");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "pending", reason: "serve refused the token: its role is too small" });
  world.target.point({ url: rig.serve.url, token: rig.admin });
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
});

test("the same id with another payload, given to serve by somebody else, fails here and leaves theirs alone", async () => {
  await rig.post("/api/v1/sessions/s-theirs/dispatch", { mission_id: "m-1", objective: "theirs" }, { headers: { prefer: "respond-async" } });
  world.start();
  world.add("m-1");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "failed", reason: expect.stringContaining("idempotency_key_reused") });
});

test("a mission that waits for imported history is not kept waiting by a serve that never heard of it", async () => {
  const created_at = "2026-01-02T03:04:05.000Z";
  const lines = [
    { kind: "session", id: "s-old", name: null, state: "stopped", created_at },
    { kind: "mission", session_id: "s-old", state: "done", reason: "", created_at, updated_at: created_at, body: { mission_id: "m-old", objective: "x" } },
  ];
  world.queue.importMissions(project, lines.map((line) => JSON.stringify(line)).join("\n"));
  world.queue.enqueue({ project, missions: [{ body: { mission_id: "m-new", objective: "y", after: ["m-old"] } }] });
  world.start();
  await expect.poll(() => world.state("m-new"), until).toBe("queued");
  const mission = await createClient({ url: rig.serve.url, token: rig.admin }).mission("m-new");
  expect(mission.reason).not.toContain("waits for");
});
