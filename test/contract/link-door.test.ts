// Who a link is refused to, and when an open one ends: versions, revoked tokens, guesses (contract §2.3; security statement 3).
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { REFUSALS } from "../../src/serve/limits.ts";
import { LinkClient } from "../support/link-client.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { problem, registerBody, startRig, until, type Rig } from "./serve-rig.ts";

let rig: Rig;
const links: LinkClient[] = [];
beforeAll(async () => {
  // Buckets of refusals do not fill up again while the clock stands still.
  rig = await startRig({ clock: new VirtualClock() });
});
afterEach(() => {
  for (const link of links.splice(0)) link.socket.terminate();
});
afterAll(() => rig.end());

const register = async (id: string): Promise<string> => String((await rig.post("/api/v1/executors/register", registerBody(id))).body["token"]);
async function open(id: string, token: string): Promise<LinkClient> {
  const link = await LinkClient.open(rig.serve.url, id, { Authorization: `Bearer ${token}` });
  links.push(link);
  return link;
}
const resync = (protocol_version?: string): Record<string, unknown> => ({
  event: "executor.resync",
  data: { epoch: "e", owned: [], ...(protocol_version === undefined ? {} : { protocol_version }) },
});
const connected = async (id: string): Promise<unknown> => (await rig.ask(`/api/v1/executors/${id}`)).body["connected"];

test.each(["2.0.0", "0.9.0", "10.0.0", "next", ""])("an executor that speaks protocol %j is told so and not let in", async (version) => {
  const id = `major-${version}x`;
  const link = await open(id, await register(id));
  link.send(resync(version));
  const { data } = await link.next("executor.error");
  expect(data["detail"]).toContain("this serve speaks 1.0.0; bring serve and executor to the same version of aiwg");
  await link.until(() => link.closed !== undefined);
  expect(link.closed?.code).toBe(1002);
  expect(await connected(id)).toBe(false);
});

test.each(["1.0.0", "1.7.2", "1", undefined])("an executor that speaks protocol %j is let in", async (version) => {
  const id = `minor-${version ?? "none"}`;
  const link = await open(id, await register(id));
  link.send(resync(version));
  await link.next("executor.resynced");
  expect(await connected(id)).toBe(true);
});

test("registering follows the same rule", async () => {
  expect((await rig.post("/api/v1/executors/register", registerBody("reg-1", { spec_version: "1.4.0" }))).status).toBe(201);
  const reply = await rig.post("/api/v1/executors/register", registerBody("reg-2", { spec_version: "2.0.0" }));
  expect(problem(reply)).toBe("400 invalid_request");
  expect(reply.body["errors"]).toMatchObject([{ pointer: "/spec_version", message: "must be 1.0.0 or a later minor of it" }]);
});

test("an open link ends when its token is revoked, and the token opens no other", async () => {
  const token = await register("revoked");
  const link = await open("revoked", token);
  link.send(resync());
  await link.next("executor.resynced");
  const list = (await rig.ask("/api/v1/tokens")).body["tokens"] as { id: string; role: string }[];
  const id = list.find((entry) => entry.role === "executor:revoked")?.id ?? "";
  expect((await rig.ask(`/api/v1/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
  await link.until(() => link.closed !== undefined);
  expect(link.closed?.code).toBe(4001);
  await expect(open("revoked", token)).rejects.toThrow("401");
  await until("the disconnect", async () => (await connected("revoked")) === false);
});

test("an open link ends when the executor takes another token", async () => {
  const old = await register("renewed");
  const link = await open("renewed", old);
  link.send(resync());
  await link.next("executor.resynced");
  const { status } = await rig.post("/api/v1/executors/register", registerBody("renewed", { token_sha256: "a".repeat(64) }), { token: old });
  expect(status).toBe(201);
  await link.until(() => link.closed !== undefined);
  expect(link.closed?.code).toBe(4001);
});

test("guesses at the door of links are slowed down together with those of routes, and a valid token still passes", async () => {
  const token = await register("guessed");
  const guess = (): Promise<string> =>
    open("guessed", "nonsense").then(
      () => "101",
      (error: Error) => error.message,
    );
  let refused = 0;
  for (; (await guess()) === "401"; refused++) expect(refused).toBeLessThan(REFUSALS.burst);
  expect(refused).toBeGreaterThan(REFUSALS.burst / 2);
  expect(await guess()).toBe("429");
  const reply = await rig.ask("/ws/executors/guessed", {
    ...{
      token: "nonsense",
      headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" },
    },
  });
  expect(problem(reply)).toBe("429 rate_limited");
  expect(Number(reply.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  expect(problem(await rig.ask("/api/v1/version", { token: "nonsense" }))).toBe("429 rate_limited");
  const link = await open("guessed", token);
  link.send(resync());
  await link.next("executor.resynced");
});
