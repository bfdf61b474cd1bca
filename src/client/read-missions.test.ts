import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectionOf } from "./call.ts";
import { readMission, readMissionPage } from "./read-missions.ts";

let answer: { status: number; body: unknown } = { status: 200, body: {} };
const server = () =>
  createServer((_, response) => void response.writeHead(answer.status, { "Content-Type": "application/json" }).end(JSON.stringify(answer.body)));
let running: ReturnType<typeof server>;
beforeEach(async () => {
  running = server().listen(0, "127.0.0.1");
  await once(running, "listening");
});
afterEach(() => void running.close());
const connection = () => connectionOf({ url: `http://127.0.0.1:${(running.address() as AddressInfo).port}`, token: "t" });

const mission = {
  ...{ mission_id: "m-1", session_id: "s-1", objective: "x", reason: "waits", priority: "normal", state: "queued", seq: 3, attempt: 1, abort_requested: false },
  ...{ executor_id: null, created_at: "2026-01-01T00:00:00.000Z", updated_at: "2026-01-01T00:00:00.000Z", added_later: true },
};

test("a page and a mission are read as they are, members that are new to us included", async () => {
  answer = { status: 200, body: { missions: [mission, { ...mission, state: "done", result: { verified: null, checks: [] } }], next_cursor: "c" } };
  expect(await readMissionPage(connection(), {})).toEqual(answer.body);
  answer = { status: 200, body: mission };
  expect(await readMission(connection(), "m-1")).toEqual(mission);
});

test.each([
  ...[{}, [], null, { missions: {}, next_cursor: null }, { missions: [], next_cursor: 1 }, { missions: [{}], next_cursor: null }],
  ...Object.entries({ mission_id: 1, state: "gone", seq: "3", executor_id: 4, abort_requested: "no", result: { verified: true } }).map(([member, value]) => ({
    ...{ missions: [{ ...mission, [member]: value }], next_cursor: null },
  })),
])("an answer of another shape was not given by serve: %j", async (body) => {
  answer = { status: 200, body };
  await expect(readMissionPage(connection(), {})).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("another program") });
});

test("serve's own problem keeps its code", async () => {
  answer = { status: 404, body: { type: "urn:aiwg:problem:not_found", title: "Not found", status: 404, detail: "no mission m-1", code: "not_found" } };
  await expect(readMission(connection(), "m-1")).rejects.toMatchObject({ code: "not_found", message: "no mission m-1" });
});
