// The queue as commands see it: identity, sessions, finding, aborting, and files that are not ours.
import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../core/time.ts";
import { openQueue } from "./open-queue.ts";
import type { Queue } from "./queue.ts";

const project = { id: "/repo/.git", name: "repo" };
const other = { id: "/other/.git", name: "other" };
let folder = "";
let queue: Queue;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiwg-"));
  queue = openQueue(join(folder, "queue.db"), systemClock);
});
afterEach(() => {
  queue.close();
  rmSync(folder, { recursive: true, force: true });
});

const mission = (objective = "write the parser") => ({ body: { objective } });
const failure = (code: string) => expect.objectContaining({ code });
const thrown = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

test("the first mission of a project makes a session, the next ones join it, another project gets its own", () => {
  const [first] = queue.enqueue({ project, missions: [mission()] });
  const [second] = queue.enqueue({ project, missions: [mission()] });
  const [elsewhere] = queue.enqueue({ project: other, missions: [mission()] });
  expect(second?.session_id).toBe(first?.session_id);
  expect(elsewhere?.session_id).not.toBe(first?.session_id);
  expect(first).toMatchObject({ state: "pending", replayed: false, mission_id: expect.stringMatching(/^m-/) });
  const fresh = queue.startSession({ project, name: "night" });
  expect(queue.enqueue({ project, missions: [mission()] })[0]?.session_id).toBe(fresh.session_id);
  expect(queue.enqueue({ project, session: "night", missions: [mission()] })[0]?.session_id).toBe(fresh.session_id);
  expect(queue.sessions(project.id).map((session) => session.name)).toEqual(["night", null]);
  expect(thrown(() => queue.startSession({ project, name: "night" }))).toEqual(failure("state_conflict"));
  expect(thrown(() => queue.enqueue({ project, session: "day", missions: [mission()] }))).toEqual(failure("not_found"));
});

test("a request id gives the same mission for the same typed arguments and a conflict for others", () => {
  const typed = { objective: "a", repo: "." };
  const ask = (input: unknown, base: string) =>
    queue.enqueue({
      project,
      missions: [{ body: { objective: "a", workspace: { repo: { path: "/repo", host_id: "h" }, base } }, requestId: "r1", typed: input }],
    });
  const [first] = ask(typed, "1111111");
  expect(ask({ repo: ".", objective: "a" }, "2222222")).toEqual([{ ...first, replayed: true }]);
  expect(thrown(() => ask({ ...typed, objective: "b" }, "1111111"))).toEqual(failure("state_conflict"));
  expect(queue.enqueue({ project: other, missions: [{ ...mission(), requestId: "r1" }] })[0]?.replayed).toBe(false);
  expect(queue.missions({ project: project.id, limit: 10 })).toHaveLength(1);
});

test("without typed arguments a request id ignores a base that moved with HEAD", () => {
  const ask = (base: string) =>
    queue.enqueue({ project, missions: [{ body: { objective: "a", workspace: { repo: { path: "/repo", host_id: "h" }, base } }, requestId: "r1" }] });
  expect(ask("2222222")[0]?.mission_id).toBe(ask("1111111")[0]?.mission_id);
});

test("a given mission id is kept, the same payload under it is a replay, another payload is refused", () => {
  const give = (objective: string) => queue.enqueue({ project, missions: [{ body: { mission_id: "kept-1", objective } }] });
  expect(give("a")).toMatchObject([{ mission_id: "kept-1", replayed: false }]);
  expect(give("a")).toMatchObject([{ mission_id: "kept-1", replayed: true }]);
  expect(thrown(() => give("b"))).toEqual(failure("idempotency_key_reused"));
});

test("one bad mission keeps the whole batch out, and no session is left behind", () => {
  expect(thrown(() => queue.enqueue({ project, missions: [mission(), { body: { objective: "" } }] }))).toEqual(failure("invalid_request"));
  expect(thrown(() => queue.enqueue({ project, missions: [{ body: { objective: "x", mission_id: ".." } }] }))).toEqual(failure("invalid_request"));
  const huge = { body: { objective: "x", metadata: { pad: "y".repeat(600_000) } } };
  expect(thrown(() => queue.enqueue({ project, missions: [huge] }))).toEqual(failure("too_large"));
  expect(queue.sessions()).toEqual([]);
  expect(queue.counts({})).toEqual({});
});

test("ids are found by unique prefix, in their project; an ambiguous one names its candidates", () => {
  queue.enqueue({ project, missions: ["alpha-1", "alpha-2", "beta"].map((id) => ({ body: { mission_id: id, objective: "x" } })) });
  queue.enqueue({ project: other, missions: [{ body: { mission_id: "beta-far", objective: "x" } }] });
  expect(queue.find(project.id, "be")).toMatchObject({ kind: "mission", mission: { mission_id: "beta" } });
  expect(queue.find(undefined, "beta")).toMatchObject({ mission: { mission_id: "beta" } });
  expect(thrown(() => queue.find(project.id, "alpha"))).toMatchObject({ code: "usage", message: expect.stringContaining("alpha-1, alpha-2") });
  expect(thrown(() => queue.find(project.id, "gamma"))).toEqual(failure("not_found"));
  expect(thrown(() => queue.find(project.id, ""))).toEqual(failure("not_found"));
  expect(thrown(() => queue.find(project.id, "%"))).toEqual(failure("not_found"));
  const [session] = queue.sessions(project.id);
  expect(queue.find(project.id, session?.session_id.slice(0, -1) ?? "")).toMatchObject({ kind: "session", session });
});

test("a session's name typed in full is that session, though a mission's id begins with it", () => {
  const { session_id } = queue.startSession({ project, name: "rel" });
  queue.enqueue({ project, session: session_id, missions: [{ body: { mission_id: "rel-1", objective: "x" } }] });
  expect(queue.find(project.id, "rel")).toMatchObject({ kind: "session", session: { session_id } });
  expect(queue.find(project.id, "rel-")).toMatchObject({ kind: "mission", mission: { mission_id: "rel-1" } });
});

test("many are aborted in one transaction: all of them, or none", () => {
  const ids = queue.enqueue({ project, missions: [mission(), mission(), mission()] }).map(({ mission_id }) => mission_id);
  expect(thrown(() => queue.requestAborts([...ids, "m-nobody"]))).toEqual(failure("not_found"));
  expect(queue.counts({ project: project.id })).toEqual({ pending: 3 });
  expect(queue.requestAborts(ids.toReversed()).map(({ mission, outcome }) => [mission.mission_id, outcome])).toEqual(
    ids.toReversed().map((id) => [id, "aborted"]),
  );
});

test("what was never sent is aborted at once, and stays aborted", () => {
  const [queued] = queue.enqueue({ project, missions: [mission()] });
  const id = queued?.mission_id ?? "";
  expect(queue.requestAbort(id)).toMatchObject({ outcome: "aborted", mission: { state: "aborted", reason: "aborted before it was sent" } });
  expect(queue.requestAbort(id)).toMatchObject({ outcome: "already_ended", mission: { state: "aborted" } });
  expect(thrown(() => queue.requestAbort("m-none"))).toEqual(failure("not_found"));
});

test("missions are listed newest first, by project, session and state, and say why they wait", () => {
  queue.enqueue({ project, missions: ["one", "two", "three"].map((id) => ({ body: { mission_id: id, objective: "x", priority: "high" as const } })) });
  queue.requestAbort("two");
  expect(queue.missions({ project: project.id, limit: 2 }).map((row) => row.mission_id)).toEqual(["three", "two"]);
  expect(queue.missions({ states: ["pending"], limit: 9 }).map((row) => [row.mission_id, row.reason, row.priority])).toEqual([
    ["three", "no bridge is running", "high"],
    ["one", "no bridge is running", "high"],
  ]);
  expect(queue.counts({ project: project.id })).toEqual({ aborted: 1, pending: 2 });
  expect(queue.counts({ project: other.id })).toEqual({});
});

test("a file of another version, of another program, truncated or no database is refused and left as it was", () => {
  const path = join(folder, "queue.db");
  queue.enqueue({ project, missions: [mission()] });
  queue.close();
  const copy = (name: string): string => {
    copyFileSync(path, join(folder, name));
    return join(folder, name);
  };
  const newer = copy("newer.db");
  const db = new DatabaseSync(newer);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expect(thrown(() => openQueue(newer, systemClock))).toMatchObject({ code: "store_version", message: expect.stringContaining(newer) });
  const foreign = join(folder, "foreign.db");
  const theirs = new DatabaseSync(foreign);
  theirs.exec("CREATE TABLE customer(name TEXT); INSERT INTO customer VALUES ('kept')");
  theirs.close();
  expect(thrown(() => openQueue(foreign, systemClock))).toMatchObject({ code: "store_corrupt", message: expect.stringContaining("another program") });
  const still = new DatabaseSync(foreign);
  expect(still.prepare("PRAGMA journal_mode").get()).toMatchObject({ journal_mode: "delete" });
  expect(still.prepare("SELECT name FROM customer").get()).toMatchObject({ name: "kept" });
  still.close();
  const text = join(folder, "text.db");
  writeFileSync(text, "# my notes\n".repeat(100));
  expect(thrown(() => openQueue(text, systemClock))).toEqual(failure("store_corrupt"));
  const cut = copy("cut.db");
  truncateSync(cut, 5_000);
  expect(thrown(() => openQueue(cut, systemClock).missions({ limit: 5 }))).toEqual(failure("store_corrupt"));
  queue = openQueue(path, systemClock);
  expect(queue.counts({})).toEqual({ pending: 1 });
});
