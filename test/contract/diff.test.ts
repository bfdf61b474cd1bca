// The diff of a mission's workspace, asked of an executor driven by hand (contract §2.2, GET …/diff; §2.3, mission.diff).
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { LinkClient } from "../support/link-client.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { problem, registerBody, startRig, until, type Reply, type Rig } from "./serve-rig.ts";

let rig: Rig;
let token: string;
let open: LinkClient | undefined;
const clock = new VirtualClock();

beforeAll(async () => {
  rig = await startRig({ clock });
  token = String((await rig.post("/api/v1/executors/register", registerBody("x", { slots: 50 }))).body["token"]);
});
afterEach(() => {
  open?.socket.terminate();
});
afterAll(() => rig.end());

const diff = (id: string): Promise<Reply> => rig.ask(`/api/v1/missions/${id}/diff`);
const join = async (owned: readonly object[] = []): Promise<LinkClient> => (open = await LinkClient.join(rig.serve.url, "x", token, owned));
const dispatch = (id: string): Promise<Reply> =>
  rig.post("/api/v1/sessions/s/dispatch", { mission_id: id, objective: "x" }, { headers: { prefer: "respond-async" } });

async function running(id: string): Promise<LinkClient> {
  const link = await join();
  await dispatch(id);
  await link.next("mission.dispatch", id);
  await link.say("mission.assigned", id, 1);
  await link.say("mission.started", id, 1);
  return link;
}

test("a diff is the executor's text as it sent it, of the attempt that runs and of the one that ended", async () => {
  const link = await running("m-1");
  const text = "diff --git a/ä b/ä\n+\u001b[31mred\n";
  for (const end of [false, true]) {
    if (end) await link.say("mission.completed", "m-1", 1);
    const asked = diff("m-1");
    expect(await link.next("mission.diff")).toMatchObject({ mission_id: "m-1", attempt: 1 });
    link.send({ event: "mission.diff", mission_id: "m-1", attempt: 1, data: { text } });
    const reply = await asked;
    expect({ status: reply.status, type: reply.headers["content-type"], text: reply.text }).toEqual({ status: 200, type: "text/plain; charset=utf-8", text });
  }
});

test("several who ask at once are all answered", async () => {
  const link = await running("m-2");
  const asked = Promise.all([diff("m-2"), diff("m-2"), diff("m-2")]);
  await link.until(() => link.frames.filter((frame) => frame.event === "mission.diff").length === 3);
  link.send({ event: "mission.diff", mission_id: "m-2", attempt: 1, data: { text: "+1\n" } });
  expect((await asked).map((reply) => reply.text)).toEqual(["+1\n", "+1\n", "+1\n"]);
});

test("without a workspace there is no diff", async () => {
  expect(problem(await diff("nobody"))).toBe("404 not_found");
  const link = await join();
  await dispatch("m-3");
  await link.next("mission.dispatch", "m-3");
  expect(problem(await diff("m-3"))).toBe("404 not_found");
});

test("an executor that is away, or goes away while it is asked, is executor_offline", async () => {
  const link = await running("m-4");
  const asked = diff("m-4");
  await link.next("mission.diff");
  link.socket.terminate();
  expect(problem(await asked)).toBe("503 executor_offline");
  await until("the disconnect", async () => (await rig.ask("/api/v1/executors/x")).body["connected"] === false);
  const reply = await diff("m-4");
  expect(problem(reply)).toBe("503 executor_offline");
  expect(reply.text).toContain("executor x, which holds the workspace, is not connected");
});

test("an executor that does not answer in time is a timeout", async () => {
  const link = await running("m-5");
  const asked = diff("m-5");
  await link.next("mission.diff");
  clock.advance(30_000);
  expect(problem(await asked)).toBe("503 timeout");
});
