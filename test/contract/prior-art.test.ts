// A client that knows no more than prior art's dispatch client did: the URL, a JSON body, the status, four members of the
// answer, `detail` or `error`. Only a bearer is added to its fetch (contract §2.1).
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectExecutor, startRig, type Rig } from "./serve-rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());

type Seen = { readonly status: number; readonly executorId: unknown; readonly path: unknown; readonly replayed: boolean; readonly message: string };

async function send(session: string, payload: object): Promise<Seen> {
  const response = await fetch(`${rig.serve.url}/api/v1/sessions/${encodeURIComponent(session)}/dispatch`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${rig.admin}` },
    body: JSON.stringify(payload),
  });
  const body = JSON.parse(await response.text()) as Record<string, unknown>;
  return {
    status: response.status,
    executorId: body["executor_id"],
    path: body["dispatch_path"],
    replayed: Boolean(body["idempotent_replayed"]),
    message: String(body["detail"] ?? body["error"] ?? ""),
  };
}

// Members that prior art's payloads carry and the contract does not name.
const payload = (id: string, more: object = {}): object => ({
  mission_id: id,
  objective: "Fix the login redirect",
  completion: "all tests pass",
  long_running: false,
  executor_filter: { executor_id: null, capabilities: [] },
  a2a_instance_id: null,
  source: "mc-bridge",
  queued_at: "2026-05-01T00:00:00Z",
  ...more,
});

test("without an executor it gets 503 and a sentence, and its retry is accepted once there is one", async () => {
  const before = await send("mc-1", payload("p-1"));
  expect(before.status).toBe(503);
  expect(before.message).toMatch(/executor/);
  const executor = await connectExecutor(rig, "sandbox-1", { slots: 10 });
  expect(await send("mc-1", payload("p-1"))).toMatchObject({ status: 202, executorId: "sandbox-1", path: "ws", replayed: false });
  await executor.close();
});

test("its retry after a lost answer is a replay, not a second mission", async () => {
  expect(await send("mc-1", payload("p-1"))).toMatchObject({ status: 202, executorId: "sandbox-1", replayed: true });
  const list = await rig.ask("/api/v1/missions?session=mc-1");
  expect(list.body["missions"]).toHaveLength(1);
});

test("another payload under its mission id is 422", async () => {
  const seen = await send("mc-1", payload("p-1", { objective: "Something else" }));
  expect(seen.status).toBe(422);
  expect(seen.message).not.toBe("");
});

test("a pinned executor that nobody registered is 404", async () => {
  const seen = await send("mc-1", payload("p-2", { executor_filter: { executor_id: "ghost" } }));
  expect(seen.status).toBe(404);
  expect(seen.message).toContain("ghost");
});

test("a body that cannot be a mission is 400 with a sentence", async () => {
  const seen = await send("mc-1", payload("p-3", { objective: "" }));
  expect(seen.status).toBe(400);
  expect(seen.message).toContain("objective");
});
