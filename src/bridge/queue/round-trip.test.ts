// The law of moving house: what one queue exports and another imports, that other exports again, letter for letter.
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../core/time.ts";
import { PRIORITIES } from "../../mission/model.ts";
import { openQueue } from "./open-queue.ts";
import { EXPORT_HEADER } from "./transfer.ts";

const project = { id: "/repo/.git", name: "repo" };
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiwg-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{1,20}$/);
const text = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).filter((value) => !value.includes("\0") && value.isWellFormed());
const short = fc.stringMatching(/^[a-z][a-z0-9 _-]{0,12}$/);
const time = fc.date({ min: new Date("1990-01-01T00:00:00Z"), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true }).map((date) => date.toISOString());
const count = fc.integer({ min: 1, max: 90 });
const json = fc.dictionary(short, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: true });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const body = fc.record(
  {
    objective: text,
    completion: text,
    long_running: fc.boolean(),
    executor_filter: fc.record(
      { executor_id: id, capabilities: fc.array(short, { maxLength: 3 }), agent_id: short, a2a_instance_id: short },
      { requiredKeys: [] },
    ),
    a2a_instance_id: short,
    workspace: fc.record(
      { repo: fc.record({ path: short.map((name) => `/${name}`), host_id: short }), base: short, branch: short, subdir: short },
      { requiredKeys: ["repo"] },
    ),
    agents: fc.array(short, { maxLength: 3 }),
    checks: fc.array(fc.record({ run: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), timeout_s: count }, { requiredKeys: ["run"] }), {
      maxLength: 3,
    }),
    limits: fc.record({ max_iterations: count, wall_clock_s: count, cost_usd: count, tokens: count, tool_calls: count }, { requiredKeys: [] }),
    priority: fc.constantFrom(...PRIORITIES),
    on_lost: fc.constantFrom("hold", "retry"),
    max_attempts: count,
    after: fc.array(fc.constantFrom("elsewhere-1", "elsewhere-2"), { maxLength: 2 }),
    secrets: fc.array(fc.constantFrom("TOKEN", "KEY"), { maxLength: 2 }),
    metadata: json,
    // What no contract knows stays where it is.
    something_new: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: ["objective"] },
);
const check = fc.record(
  { run: text, exit_code: maybe(count), passed: fc.boolean(), duration_ms: count, output: text },
  { requiredKeys: ["run", "exit_code", "passed"] },
);
const result = fc.record({
  ...{ verified: maybe(fc.boolean()), checks: fc.array(check, { maxLength: 2 }), exit_code: maybe(count), summary: maybe(text) },
  ...{ tokens_total: maybe(count), cost_usd: maybe(count), branch: maybe(short), commit: maybe(short) },
});
const ended = fc.record({
  ...{
    state: fc.constantFrom("done", "failed", "aborted"),
    reason: fc.string({ maxLength: 20 }).map((value) => value.toWellFormed()),
    held: fc.constant(null),
  },
  ...{ attempt: fc.nat(9), executor_id: maybe(id), result: maybe(result) },
});
const pending = fc.record({
  state: fc.constant("pending"),
  reason: short,
  held: maybe(short),
  attempt: fc.constant(0),
  executor_id: fc.constant(null),
  result: fc.constant(null),
});
const mission = fc
  .record({
    ...{
      at: fc.oneof(ended, pending),
      request_id: maybe(text),
      retry_of: maybe(id),
      created_at: time,
      updated_at: time,
      body,
      earlier: maybe(fc.constantFrom(...PRIORITIES)),
    },
    ...{ hash: fc.stringMatching(/^[0-9a-f]{64}$/) },
  })
  .map(({ at, hash, earlier, ...rest }) => ({ ...rest, ...at, request_hash: rest.request_id === null ? null : hash, earlier }));
const session = fc.record({
  ...{ id, name: maybe(fc.stringMatching(/^[a-l][a-z0-9]{0,12}$/)), state: fc.constantFrom("active", "paused", "stopped") },
  ...{ created_at: maybe(time), metadata: maybe(json.filter((value) => Object.keys(value).length > 0)) },
});

type Session = (typeof session)["generate"] extends (...args: never) => { value: infer T } ? T : never;
type Mission = (typeof mission)["generate"] extends (...args: never) => { value: infer T } ? T : never;

// The lines as `mc export` writes them.
function linesOf(sessions: readonly Session[], missions: readonly Mission[]): string[] {
  const perSession = sessions.map((one, s) => missions.filter((_, n) => n % sessions.length === s).map((each) => ({ each, session_id: one.id })));
  const requests = new Set<string>();
  return [
    EXPORT_HEADER,
    ...sessions.map(({ id: sessionId, name, state, created_at, metadata }) => ({ kind: "session", id: sessionId, name, state, created_at, metadata })),
    ...perSession.flat().map(({ each, session_id }, n) => {
      const taken = each.request_id === null || requests.has(each.request_id);
      requests.add(each.request_id ?? "");
      const whole = { ...each.body, mission_id: `mission-${n}`, project };
      return {
        ...{ kind: "mission", session_id, state: each.state, reason: each.reason, held: each.held, attempt: each.attempt, executor_id: each.executor_id },
        ...{ request_id: taken ? null : each.request_id, request_hash: taken ? null : each.request_hash, retry_of: each.retry_of, result: each.result },
        original: each.earlier === null ? null : { ...whole, priority: each.earlier, project },
        ...{ created_at: each.created_at, updated_at: each.updated_at, body: whole },
      };
    }),
  ].map((line) => JSON.stringify(line));
}

test("export, import in another home, export: not a letter differs, whatever the fields hold", () => {
  const sessions = fc.uniqueArray(session, { minLength: 1, maxLength: 3, selector: ({ id: one }) => one });
  let n = 0;
  fc.assert(
    fc.property(sessions, fc.array(mission, { maxLength: 5 }), (some, missions) => {
      const named = some.map((one, i) => ({ ...one, name: one.name === null ? null : `${one.name}${i}` }));
      const lines = linesOf(named, missions);
      const queue = openQueue(join(folder, `${(n += 1)}.db`), systemClock);
      try {
        queue.importMissions(project, lines.join("\n"));
        expect([...queue.exportMissions({})]).toEqual(lines);
      } finally {
        queue.close();
      }
    }),
    { numRuns: 60 },
  );
});

test("what was under way elsewhere is held after its first move, and stays as it is on any further one", () => {
  const at = { kind: "mission", session_id: "s-1", reason: "", created_at: "2026-01-01T00:00:00.000Z", updated_at: "2026-01-01T00:00:00.000Z" };
  const states = ["sent", "queued", "assigned", "running", "paused", "hitl_required", "suspended"];
  const lines = [
    { kind: "session", id: "s-1", name: null, state: "active", created_at: "2026-01-01T00:00:00.000Z" },
    ...states.map((state) => ({ ...at, state, attempt: 3, executor_id: "e-1", body: { mission_id: `m-${state}`, objective: "x" } })),
  ];
  const move = (text: readonly string[], name: string): string[] => {
    const queue = openQueue(join(folder, name), systemClock);
    queue.importMissions(project, text.join("\n"));
    const out = [...queue.exportMissions({})];
    queue.close();
    return out;
  };
  const first = move(
    lines.map((line) => JSON.stringify(line)),
    "first.db",
  );
  expect(first.slice(2).every((line) => line.includes('"state":"suspended"') && line.includes("was "))).toBe(true);
  expect(move(first, "second.db")).toEqual(first);
});
