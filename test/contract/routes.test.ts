// The table of routes walked: tokens and roles of each, answers as the schemas say, the OpenAPI document (contract §2, §2.2).
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ERRORS } from "../../src/core/errors.ts";
import { ROLES, type Role } from "../../src/mission/model.ts";
import { problemsOf } from "../../src/serve/openapi.ts";
import { ACCESS_ROLES, type Route } from "../../src/serve/route.ts";
import { routeTable } from "../../src/serve/routes/table.ts";
import { connectExecutor, registerBody, startRig, type Reply, type Rig } from "./serve-rig.ts";

let rig: Rig;
const tokens = new Map<Role, string>();
const table = routeTable();

beforeAll(async () => {
  rig = await startRig();
  for (const role of ["read", "operate", "admin", "enrol"] as const) tokens.set(role, (await rig.mint(role)).token);
  tokens.set("executor", String((await rig.post("/api/v1/executors/register", registerBody("ex-1"))).body["token"]));
});
afterAll(() => rig.end());

const pathOf = (row: Route): string => row.path.replaceAll(/\{\w+\}/g, "some-id");
const name = (row: Route): string => `${row.method} ${row.path}`;

async function statusOf(row: Route, token: string | null): Promise<number> {
  const response = await rig.open(pathOf(row), { method: row.method, token, ...(row.body ? { json: {} } : {}) });
  response.destroy();
  return response.statusCode ?? 0;
}

describe("roles", () => {
  test.each(table.map((row) => [name(row), row] as const))("%s lets in exactly the roles of its row", async (_name, row) => {
    expect((await statusOf(row, null)) === 401).toBe(row.access !== "none");
    for (const role of ROLES) {
      const status = await statusOf(row, tokens.get(role) ?? "");
      if (ACCESS_ROLES[row.access].includes(role)) expect([401, 403]).not.toContain(status);
      else expect(status).toBe(403);
    }
  });

  test("only health and the exchange of a code need no token, and every role does what contract §2.2 gives it", () => {
    expect(table.filter((row) => row.access === "none").map(name)).toEqual(["GET /healthz", "POST /api/v1/session-code"]);
    for (const row of table.filter((other) => other.method === "GET" && other.access !== "none")) {
      expect(row.access).toBe(row.path === "/api/v1/tokens" ? "admin" : "read");
    }
    expect(Object.fromEntries(table.filter((row) => row.method !== "GET").map((row) => [name(row), row.access]))).toEqual({
      "POST /api/v1/sessions/{session_id}/dispatch": "operate",
      "POST /api/v1/sessions/{session_id}/pause": "operate",
      "POST /api/v1/sessions/{session_id}/resume": "operate",
      "POST /api/v1/sessions/{session_id}/stop": "operate",
      "POST /api/v1/missions/{mission_id}/abort": "operate",
      "POST /api/v1/missions/{mission_id}/pause": "operate",
      "POST /api/v1/missions/{mission_id}/resume": "operate",
      "POST /api/v1/missions/{mission_id}/retry": "operate",
      "PATCH /api/v1/missions/{mission_id}": "operate",
      "POST /api/v1/missions/{mission_id}/hitl_response": "operate",
      "POST /api/v1/executors/register": "enrol",
      "POST /api/v1/executors/{executor_id}/drain": "admin",
      "DELETE /api/v1/executors/{executor_id}": "admin",
      "POST /api/v1/tokens": "admin",
      "DELETE /api/v1/tokens/{token_id}": "admin",
      "POST /api/v1/session-codes": "admin",
      "POST /api/v1/session-code": "none",
      "POST /api/v1/purge": "admin",
    });
  });

  test("an executor's token opens its own link only and re-registers its own id only", async () => {
    const token = tokens.get("executor") ?? "";
    expect((await rig.post("/api/v1/executors/register", registerBody("ex-2"), { token })).status).toBe(403);
    expect((await rig.post("/api/v1/executors/register", registerBody("ex-1", { slots: 3 }), { token })).body).not.toHaveProperty("token");
    expect((await rig.ask("/api/v1/executors/ex-1")).body["slots"]).toBe(3);
  });

  test("a registered id is closed to enrol and admin tokens", async () => {
    for (const role of ["enrol", "admin"] as const) {
      const reply = await rig.post("/api/v1/executors/register", registerBody("ex-1"), { token: tokens.get(role) ?? "" });
      expect(reply).toMatchObject({ status: 403, body: { code: "forbidden" } });
    }
  });
});

describe("tokens", () => {
  test("a revoked token is refused at once, and only hashes are in the list", async () => {
    const { id, token } = await rig.mint("read");
    expect((await rig.ask("/api/v1/version", { token })).status).toBe(200);
    const list = await rig.ask("/api/v1/tokens");
    expect(list.text).toContain(id);
    expect(list.text).not.toContain(token);
    expect((await rig.ask(`/api/v1/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await rig.ask("/api/v1/version", { token })).status).toBe(401);
    expect((await rig.ask(`/api/v1/tokens/${id}`, { method: "DELETE" })).status).toBe(404);
  });

  test("an enrol token registers as often as it may, even by requests that were let in at once", async () => {
    const { body } = await rig.post("/api/v1/tokens", { role: "enrol", uses: 2 });
    const token = String(body["token"]);
    // The heads of all requests are judged before the first body is there.
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const open = [1, 2, 3, 4, 5].map(() =>
      request({ host: "127.0.0.1", port: rig.port, path: "/api/v1/executors/register", method: "POST", agent: false, headers }),
    );
    const statuses = open.map((sent) => new Promise<number | undefined>((resolve) => sent.on("response", (response) => resolve(response.resume().statusCode))));
    for (const sent of open) sent.write("{");
    await Promise.all([1, 2, 3].map(() => rig.ask("/api/v1/version")));
    for (const [n, sent] of open.entries()) sent.end(JSON.stringify(registerBody(`enrolled-${n}`)).slice(1));
    expect((await Promise.all(statuses)).toSorted()).toEqual([201, 201, 401, 401, 401]);
    expect((await rig.post("/api/v1/executors/register", registerBody("enrolled-6"), { token })).status).toBe(401);
  });

  test("an enrol token without bounds is good for one executor within the hour; other roles count no uses", async () => {
    const { body } = await rig.post("/api/v1/tokens", { role: "enrol" });
    const list = (await rig.ask("/api/v1/tokens")).body["tokens"] as { id: string; uses_left: number; expires_at: string; created_at: string }[];
    const row = list.find((entry) => entry.id === body["id"]);
    expect(row?.uses_left).toBe(1);
    expect(Date.parse(row?.expires_at ?? "") - Date.parse(row?.created_at ?? "")).toBeLessThanOrEqual(3_600_000);
    expect((await rig.post("/api/v1/tokens", { role: "read", uses: 3 })).status).toBe(400);
    expect((await rig.post("/api/v1/tokens", { role: "executor" })).status).toBe(400);
  });

  test("an executor that minted its own secret is told none and comes in with it", async () => {
    const { createHash } = await import("node:crypto");
    const own = "own-secret-of-the-executor";
    const sha = createHash("sha256").update(own).digest("hex");
    const reply = await rig.post("/api/v1/executors/register", registerBody("self", { token_sha256: sha }));
    expect(reply.status).toBe(201);
    expect(reply.body).not.toHaveProperty("token");
    expect((await rig.post("/api/v1/executors/register", registerBody("self"), { token: own })).status).toBe(201);
  });
});

describe("answers", () => {
  async function exactly(row: string, reply: Reply): Promise<void> {
    const found = table.find((other) => name(other) === row);
    const schema = found?.answers[reply.status]?.schema;
    expect(schema).toBeDefined();
    expect(schema?.parse(reply.body)).toEqual(reply.body);
  }

  test("every JSON answer is exactly what its row says", async () => {
    const prefer = { headers: { prefer: "respond-async" } };
    const executor = await connectExecutor(rig, "answers-1", { host_id: "h" });
    await exactly("POST /api/v1/sessions/{session_id}/dispatch", await rig.post("/api/v1/sessions/a/dispatch", { mission_id: "a-1", objective: "x" }, prefer));
    const full = {
      mission_id: "a-2",
      objective: "x",
      completion: "y",
      project: { id: "p", name: "P" },
      agents: ["absent"],
      limits: { tokens: 5 },
      priority: "high",
    };
    await exactly("POST /api/v1/sessions/{session_id}/dispatch", await rig.post("/api/v1/sessions/a/dispatch", full, prefer));
    await exactly("GET /healthz", await rig.ask("/healthz", { token: null }));
    await exactly("GET /api/v1/version", await rig.ask("/api/v1/version"));
    await exactly("GET /api/v1/sessions", await rig.ask("/api/v1/sessions"));
    await exactly("GET /api/v1/sessions/{session_id}", await rig.ask("/api/v1/sessions/a"));
    await exactly("GET /api/v1/missions", await rig.ask("/api/v1/missions?counts=true&limit=1"));
    await exactly("GET /api/v1/missions/{mission_id}", await rig.ask("/api/v1/missions/a-2"));
    await exactly("GET /api/v1/missions/{mission_id}/events", await rig.ask("/api/v1/missions/a-1/events?limit=1"));
    await exactly("GET /api/v1/hitl", await rig.ask("/api/v1/hitl"));
    await exactly("GET /api/v1/executors", await rig.ask("/api/v1/executors"));
    await exactly("GET /api/v1/executors/{executor_id}", await rig.ask("/api/v1/executors/answers-1"));
    await exactly("POST /api/v1/executors/register", await rig.post("/api/v1/executors/register", registerBody("answers-2")));
    await exactly("GET /api/v1/tokens", await rig.ask("/api/v1/tokens"));
    await exactly("POST /api/v1/tokens", await rig.post("/api/v1/tokens", { role: "read", ttl_s: 60 }));
    await exactly("POST /api/v1/missions/{mission_id}/abort", await rig.post("/api/v1/missions/a-1/abort", { reason: null }));
    await exactly("POST /api/v1/missions/{mission_id}/abort", await rig.post("/api/v1/missions/a-2/abort", {}));
    await executor.close();
  });

  test("what is not there is 404, what is not possible 409", async () => {
    for (const path of ["/api/v1/missions/none", "/api/v1/missions/none/events", "/api/v1/missions/none/log", "/api/v1/sessions/none"]) {
      expect((await rig.ask(path)).body).toMatchObject({ status: 404, code: "not_found" });
    }
    expect((await rig.ask("/api/v1/executors/none")).body).toMatchObject({ status: 404, code: "executor_not_found" });
    expect((await rig.ask("/api/v1/executors/none", { method: "DELETE" })).body).toMatchObject({ code: "executor_not_found" });
    expect((await rig.post("/api/v1/missions/none/resume", {})).body).toMatchObject({ code: "not_found" });
    expect((await rig.post("/api/v1/missions/none/hitl_response", { hitl_id: "q", response: "y" })).body).toMatchObject({ code: "not_found" });
    expect((await rig.post("/api/v1/missions/a-2/resume", {})).body).toMatchObject({ status: 409, code: "state_conflict" });
  });

  test("pages follow each other without loss or repeat", async () => {
    for (let i = 0; i < 7; i++) {
      const body = { mission_id: `page-${i}`, objective: "x", agents: ["absent"] };
      await rig.post("/api/v1/sessions/pages/dispatch", body, { headers: { prefer: "respond-async" } });
    }
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const { body } = await rig.ask(`/api/v1/missions?session=pages&limit=3&sort=created${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...(body["missions"] as { mission_id: string }[]).map((mission) => mission.mission_id));
      if (body["next_cursor"] === null) break;
      cursor = String(body["next_cursor"]);
    }
    expect(seen).toEqual(Array.from({ length: 7 }, (_, i) => `page-${i}`));
  });

  test("events of a mission come in pages that say where to go on", async () => {
    const first = await rig.ask("/api/v1/missions/a-1/events?limit=1");
    const events = first.body["events"] as { seq: number }[];
    expect(events).toHaveLength(1);
    expect(first.body["next"]).toBe(events[0]?.seq);
    const rest = await rig.ask(`/api/v1/missions/a-1/events?after=${String(first.body["next"])}`);
    expect((rest.body["events"] as unknown[]).length).toBeGreaterThan(0);
    expect(rest.body).not.toHaveProperty("next");
  });

  test("the log is text that says its next byte", async () => {
    const reply = await rig.ask("/api/v1/missions/a-1/log?after=0");
    expect({ status: reply.status, type: reply.headers["content-type"], next: reply.headers["aiwg-log-next"] }).toEqual({
      status: 200,
      type: "text/plain; charset=utf-8",
      next: "0",
    });
  });
});

describe("openapi.json", () => {
  type Operation = {
    security: unknown[];
    responses: Record<string, { content?: Record<string, unknown> }>;
    requestBody?: unknown;
    parameters?: { name: string; in: string }[];
  };
  type Document = { openapi: string; paths: Record<string, Record<string, Operation>> };

  test("has every route with every answer and problem, and nothing else", async () => {
    const document = JSON.parse((await rig.ask("/openapi.json")).text) as Document;
    expect(document.openapi).toBe("3.1.0");
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.toSorted()).toEqual(table.map(name).toSorted());
    for (const row of table) {
      const operation = document.paths[row.path]?.[row.method.toLowerCase()];
      const statuses = new Set([...Object.keys(row.answers), ...problemsOf(row).map((code) => String(ERRORS[code].status))]);
      expect(new Set(Object.keys(operation?.responses ?? {}))).toEqual(statuses);
      expect(operation?.security).toEqual(row.access === "none" ? [] : [{ bearer: [] }]);
      expect(operation?.requestBody !== undefined).toBe(row.body !== undefined);
      const inPath = operation?.parameters?.filter((parameter) => parameter.in === "path").map((parameter) => parameter.name) ?? [];
      expect(inPath).toEqual([...row.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
    }
  });

  test("refers only to schemas that it holds", async () => {
    const document = JSON.parse((await rig.ask("/openapi.json")).text) as { components: { schemas: Record<string, unknown> } };
    const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? "");
    expect(refs.length).toBeGreaterThan(10);
    for (const ref of refs) expect(document.components.schemas).toHaveProperty(ref);
  });
});
