// Reading missions, sessions, questions and executors as wire shapes; keyset pages, reasons computed now. Never writes.
import { AiwgError } from "../../../core/errors.ts";
import { parseJson } from "../../../core/json.ts";
import { humanDuration } from "../../../core/time.ts";
import { matches, waitReason, type Candidate } from "../../../mission/match.ts";
import type { MissionState } from "../../../mission/model.ts";
import type { Executor, Mission, MissionPage, Question, Session, SessionPage } from "../../../mission/wire/http.ts";
import type { MissionQuery, StoreStats } from "../store.ts";
import {
  HELD,
  candidateOf,
  demandOfRow,
  executorOf,
  isSilent,
  missionOf,
  questionOf,
  sessionOf,
  type MissionRow,
  type QuestionRow,
  type SessionRow,
  type SpecifiedRow,
} from "./rows.ts";
import { archived } from "./archive.ts";
import { blockedReason } from "./dependencies.ts";
import { findSession } from "./sessions.ts";
import { fold, type Tx } from "./tx.ts";

function heldReason(tx: Tx, row: MissionRow): string | undefined {
  if ((row.held & HELD.session) !== 0) return `its session is ${findSession(tx, row.session_id)?.state ?? "paused"}`;
  return (row.held & HELD.operator) !== 0 ? "held" : undefined;
}

// Every executor that could take the row has refused it lately: when the first of them is asked again.
function barredReason(tx: Tx, row: MissionRow, candidates: readonly Candidate[]): string | undefined {
  const refusals = tx.all<{ executor_id: string; until: number }>(
    "SELECT executor_id, until FROM refusal WHERE mission_id = ? AND until > ? ORDER BY until",
    row.id,
    tx.now(),
  );
  const first = refusals[0];
  if (!first) return undefined;
  const others = candidates.filter((candidate) => !refusals.some((refusal) => refusal.executor_id === candidate.executor_id));
  if (others.some((candidate) => matches(demandOfRow(row), candidate))) return undefined;
  return `offered to ${first.executor_id} again in ${humanDuration(first.until - tx.now())}`;
}

// Why queued missions wait, and who is silent: judged against the executors of this moment, once per demand.
function liveView(tx: Tx): (row: SpecifiedRow) => Mission {
  const executors = tx.memory.executors();
  const candidates = executors.map(candidateOf);
  const now = tx.now();
  const silent = new Set(executors.filter((row) => isSilent(row, now)).map((row) => row.id));
  const reasons = new Map<string, string>();
  const anyRefusal = tx.get("SELECT 1 FROM refusal WHERE until > ? LIMIT 1", now) !== undefined;
  return (row) => {
    if (row.state === "queued" && !reasons.has(row.demand)) reasons.set(row.demand, waitReason(demandOfRow(row), candidates));
    const barred = row.state === "queued" && anyRefusal ? barredReason(tx, row, candidates) : undefined;
    const waits = heldReason(tx, row) ?? blockedReason(tx, row) ?? barred ?? reasons.get(row.demand);
    return missionOf(row, { ...(waits === undefined ? {} : { waits }), silent: row.executor_id !== null && silent.has(row.executor_id) });
  };
}

const SPECIFIED = "SELECT mission.*, spec.body FROM mission JOIN spec USING (n)";

/** A mission, also one that is archived. */
export function mission(tx: Tx, id: string): Mission | undefined {
  const row = tx.get<SpecifiedRow>(`${SPECIFIED} WHERE id = ?`, id);
  return row ? liveView(tx)(row) : archived(tx, id);
}

type Where = { readonly sql: string; readonly values: (string | number)[] };

function filters(query: MissionQuery): Where {
  const parts: [string, string | number][] = [];
  if (query.session !== undefined) parts.push(["session_id = ?", query.session]);
  if (query.project !== undefined) parts.push(["project_id = ?", query.project]);
  if (query.executor !== undefined) parts.push(["executor_id = ?", query.executor]);
  if (query.agent !== undefined) parts.push(["agent = ?", query.agent]);
  if (query.q !== undefined) parts.push(["instr(fold(id || char(10) || (body ->> '$.objective')), ?) > 0", fold(query.q)]);
  return { sql: parts.map(([sql]) => ` AND ${sql}`).join(""), values: parts.map(([, value]) => value) };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === "string";

/** A place in a list that is sorted by a number and, where that is the same, by `second`. */
function writeCursor(place: readonly [number, number | string]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function readCursor<T>(text: string, isSecond: (value: unknown) => value is T): [number, T] {
  const value = parseJson(Buffer.from(text, "base64url").toString("utf8"))?.value;
  if (Array.isArray(value) && value.length === 2) {
    const [first, second]: unknown[] = value;
    if (isWhole(first) && isSecond(second)) return [first, second];
  }
  throw new AiwgError("invalid_request", "cursor is not one that this serve gave", {
    issues: [{ pointer: "/cursor", message: "must be a next_cursor of an earlier page" }],
  });
}

export function missions(tx: Tx, query: MissionQuery): MissionPage {
  const column = query.sort.endsWith("updated") ? "updated_at" : "n";
  const [order, beyond] = query.sort.startsWith("-") ? ["DESC", "<"] : ["ASC", ">"];
  const where = filters(query);
  const states = query.states && query.states.length > 0 ? ` AND state IN (${query.states.map(() => "?").join(", ")})` : "";
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor, isWhole);
  const rows = tx.all<SpecifiedRow>(
    `${SPECIFIED} WHERE 1${where.sql}${states}${cursor ? ` AND (${column}, n) ${beyond} (?, ?)` : ""} ORDER BY ${column} ${order}, n ${order} LIMIT ?`,
    ...[...where.values, ...(states ? (query.states ?? []) : []), ...(cursor ?? []), query.limit + 1],
  );
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const next = rows.length > page.length && last ? writeCursor([last[column], last.n]) : null;
  const counted = query.counts
    ? tx.all<{ state: MissionState; n: number }>(
        `SELECT state, count(*) AS n FROM mission${query.q === undefined ? "" : " JOIN spec USING (n)"} WHERE 1${where.sql} GROUP BY state`,
        ...where.values,
      )
    : undefined;
  return {
    missions: page.map(liveView(tx)),
    next_cursor: next,
    ...(counted ? { counts: Object.fromEntries(counted.map((row) => [row.state, row.n])) } : {}),
  };
}

export function sessions(tx: Tx, { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }): SessionPage {
  const [at, id] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, ""] : readCursor(cursor, isText);
  const rows = tx.all<SessionRow>(
    "SELECT * FROM session WHERE created_at < ? OR (created_at = ? AND id > ?) ORDER BY created_at DESC, id LIMIT ?",
    ...[at, at, id, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    sessions: page.map((row) => sessionOf(row, tx.memory.counts(row.id))),
    next_cursor: rows.length > page.length && last ? writeCursor([last.created_at, last.id]) : null,
  };
}

export function session(tx: Tx, id: string): Session | undefined {
  const row = findSession(tx, id);
  return row && sessionOf(row, tx.memory.counts(id));
}

export function openQuestions(tx: Tx): Question[] {
  return tx.all<QuestionRow>("SELECT * FROM question WHERE state = 'open' ORDER BY asked_at, hitl_id LIMIT 1000").map(questionOf);
}

/** Questions of whatever state whose id begins with `prefix`. */
export function questionsLike(tx: Tx, prefix: string): Question[] {
  // Ids are ASCII: the last of its characters ends the range.
  const sql = "SELECT * FROM question WHERE hitl_id >= ? AND hitl_id < ? ORDER BY asked_at, hitl_id LIMIT 100";
  return tx.all<QuestionRow>(sql, prefix, `${prefix}\u007f`).map(questionOf);
}

export function executors(tx: Tx): Executor[] {
  const now = tx.now();
  return tx.memory.executors().map((row) => executorOf(row, now));
}

export function executor(tx: Tx, id: string): Executor | undefined {
  const row = tx.memory.executor(id);
  return row && executorOf(row, tx.now());
}

/** Numbers for monitoring; none by a scan. */
export function stats(tx: Tx): Omit<StoreStats, "commits"> {
  const pages = (name: string): number => Number(Object.values(tx.get<Record<string, number>>(`PRAGMA ${name}`) ?? {})[0] ?? 0);
  return {
    missions: tx.memory.counts(),
    head: tx.memory.seq,
    openQuestions: tx.get<{ n: number }>("SELECT count(*) AS n FROM question WHERE state = 'open'")?.n ?? 0,
    bytes: pages("page_count") * pages("page_size"),
  };
}
