// The typed client of serve's HTTP API (contract §2.2), for commands, bridge and executor. No `node:`.
// Must not retry: who calls decides that.
import { z } from "zod";
import type { Priority, SessionState } from "../mission/model.ts";
import { dispatchAcceptedSchema } from "../mission/wire/dispatch.ts";
import {
  codeMintedSchema,
  controlSchema,
  executorListSchema,
  executorSchema,
  hitlAnsweredSchema,
  hitlListSchema,
  missionPageSchema,
  missionSchema,
  purgedSchema,
  registeredSchema,
  sessionPageSchema,
  sessionSchema,
  tokenCreatedSchema,
  tokenSchema,
  versionSchema,
} from "../mission/wire/http.ts";
import type {
  Accepted,
  Answered,
  Control,
  EventsQuery,
  Executor,
  Mission,
  MissionPage,
  MissionsQuery,
  Question,
  Registered,
  RegisterInput,
  Session,
  SessionCode,
  StreamItem,
  TokenCreated,
  TokenInfo,
  TokenInput,
  Version,
} from "./api.ts";
import { call, callRaw, connectionOf, type Connection } from "./call.ts";
import { foreignAnswer } from "./errors.ts";
import { streamEvents } from "./events.ts";
import type { ClientOptions } from "./options.ts";

export type { EventsQuery, MissionsQuery, StreamItem } from "./api.ts";
export type { ClientOptions } from "./options.ts";

const SESSION_VERBS = { active: "resume", paused: "pause", stopped: "stop" } as const satisfies Record<SessionState, string>;
const tokenListSchema = z.object({ tokens: z.array(tokenSchema) });

/** Every method rejects with AiwgError only; none repeats a call. */
export type Client = {
  /** Serve's base URL, without trailing slashes. */
  readonly url: string;
  version(signal?: AbortSignal): Promise<Version>;
  /** One page; `next_cursor` asks for the next. */
  missions(query?: MissionsQuery): Promise<MissionPage>;
  mission(id: string, signal?: AbortSignal): Promise<Mission>;
  /** All of them, the newest first, read page by page. */
  sessions(): Promise<Session[]>;
  session(id: string): Promise<Session>;
  /** active ⇄ paused → stopped. */
  setSession(id: string, state: SessionState): Promise<Session>;
  /** Asks for the end of a mission; for an id that serve does not know it keeps a tombstone. */
  abort(id: string, input?: { readonly reason?: string }, signal?: AbortSignal): Promise<Control>;
  /** Holds a queued mission; asks the executor of a running one to pause between turns. */
  pause(id: string, input?: { readonly reason?: string }): Promise<Control>;
  /** Lets a held, paused or suspended mission go on. */
  resume(id: string, input?: { readonly elsewhere?: boolean; readonly reason?: string }): Promise<Control>;
  /** Runs an ended mission again, as `newId`; a repeat with the same id is a replay. */
  retry(id: string, newId: string): Promise<Accepted>;
  setPriority(id: string, priority: Priority): Promise<Mission>;
  /** What the mission's last attempt changed, as a unified diff, asked of the executor that has its workspace. */
  diff(id: string): Promise<string>;
  /** The first answer counts. */
  answer(missionId: string, hitlId: string, response: string): Promise<Answered>;
  /** Open questions, oldest first; with `prefix` those of whatever state whose id begins so. */
  questions(query?: { readonly prefix: string }): Promise<Question[]>;
  /** Transcript text from byte `after` on (at most 1 MiB) and the byte to ask for next. */
  log(id: string, after?: number): Promise<{ readonly text: string; readonly next: number }>;
  executors(): Promise<Executor[]>;
  executor(id: string): Promise<Executor>;
  register(body: RegisterInput): Promise<Registered>;
  deleteExecutor(id: string): Promise<void>;
  /** Gives an executor nothing new: it finishes what it has and ends. */
  drain(id: string): Promise<Executor>;
  /** Deletes missions that ended so long ago, with their transcripts; their ids are never taken again. Answers how many. */
  purge(olderThanS: number): Promise<number>;
  createToken(body: TokenInput): Promise<TokenCreated>;
  tokens(): Promise<TokenInfo[]>;
  /** Revokes it: open streams and sockets of it end. */
  deleteToken(id: string): Promise<void>;
  /** A one-time code for a browser on this machine; `redeemSessionCode` exchanges it. */
  createSessionCode(): Promise<SessionCode>;
  /** Numbers for monitoring, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** One stream of events, not resumed by itself; `followEvents` is. */
  events(query?: EventsQuery, signal?: AbortSignal): AsyncGenerator<StreamItem, void, void>;
};

// A serve that knows no pages gives all at once.
const sessionListSchema = sessionPageSchema.partial({ next_cursor: true });

async function allSessions(connection: Connection): Promise<Session[]> {
  const all: Session[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await call(connection, sessionListSchema, { method: "GET", path: ["sessions"], query: { cursor } });
    all.push(...page.sessions);
    const next = page.next_cursor ?? undefined;
    // The same place again would be read for ever.
    if (next === undefined || next === cursor) return all;
    cursor = next;
  }
}

/** A client of the serve at `url`. Throws usage or unauthorized at once for a URL or token that can never work. */
export function createClient(options: ClientOptions): Client {
  const connection = connectionOf(options);
  return {
    url: connection.base,
    version: (signal?: AbortSignal) => call(connection, versionSchema, { method: "GET", path: ["version"], signal }),
    missions: (query: MissionsQuery = {}) => call(connection, missionPageSchema, { method: "GET", path: ["missions"], query }),
    mission: (id: string, signal?: AbortSignal) => call(connection, missionSchema, { method: "GET", path: ["missions", id], signal }),
    sessions: () => allSessions(connection),
    session: (id: string) => call(connection, sessionSchema, { method: "GET", path: ["sessions", id] }),
    setSession: (id: string, state: SessionState) => call(connection, sessionSchema, { method: "POST", path: ["sessions", id, SESSION_VERBS[state]] }),
    abort: (id: string, input: { readonly reason?: string } = {}, signal?: AbortSignal) =>
      call(connection, controlSchema, { method: "POST", path: ["missions", id, "abort"], body: input, signal }),
    pause: (id: string, input: { readonly reason?: string } = {}) =>
      call(connection, controlSchema, { method: "POST", path: ["missions", id, "pause"], body: input }),
    resume: (id: string, input: { readonly elsewhere?: boolean; readonly reason?: string } = {}) =>
      call(connection, controlSchema, { method: "POST", path: ["missions", id, "resume"], body: input }),
    retry: (id: string, newId: string) =>
      call(connection, dispatchAcceptedSchema, { method: "POST", path: ["missions", id, "retry"], body: { mission_id: newId } }),
    setPriority: (id: string, priority: Priority) => call(connection, missionSchema, { method: "PATCH", path: ["missions", id], body: { priority } }),
    diff: async (id: string): Promise<string> => (await callRaw(connection, { method: "GET", path: ["missions", id, "diff"] })).text,
    answer: (missionId: string, hitlId: string, response: string) =>
      call(connection, hitlAnsweredSchema, { method: "POST", path: ["missions", missionId, "hitl_response"], body: { hitl_id: hitlId, response } }),
    questions: async (query: { readonly prefix?: string } = {}) =>
      (await call(connection, hitlListSchema, { method: "GET", path: ["hitl"], query: query.prefix === undefined ? { state: "open" } : query })).hitl,
    log: async (id: string, after = 0): Promise<{ readonly text: string; readonly next: number }> => {
      const path = ["missions", id, "log"];
      const answer = await callRaw(connection, { method: "GET", path, query: { after } });
      const next = Number(answer.header("aiwg-log-next") ?? Number.NaN);
      if (!Number.isSafeInteger(next)) throw foreignAnswer(connection.base, answer.status, "but not with a transcript");
      return { text: answer.text, next };
    },
    executors: async () => (await call(connection, executorListSchema, { method: "GET", path: ["executors"] })).executors,
    executor: (id: string) => call(connection, executorSchema, { method: "GET", path: ["executors", id] }),
    register: (body: RegisterInput) => call(connection, registeredSchema, { method: "POST", path: ["executors", "register"], body }),
    deleteExecutor: async (id: string): Promise<void> => void (await callRaw(connection, { method: "DELETE", path: ["executors", id] })),
    drain: (id: string) => call(connection, executorSchema, { method: "POST", path: ["executors", id, "drain"] }),
    purge: async (olderThanS: number) => (await call(connection, purgedSchema, { method: "POST", path: ["purge"], body: { older_than_s: olderThanS } })).purged,
    createToken: (body: TokenInput) => call(connection, tokenCreatedSchema, { method: "POST", path: ["tokens"], body }),
    tokens: async () => (await call(connection, tokenListSchema, { method: "GET", path: ["tokens"] })).tokens,
    deleteToken: async (id: string): Promise<void> => void (await callRaw(connection, { method: "DELETE", path: ["tokens", id] })),
    createSessionCode: () => call(connection, codeMintedSchema, { method: "POST", path: ["session-codes"] }),
    metrics: async () => (await callRaw(connection, { method: "GET", path: ["metrics"], root: "" })).text,
    events: (query: EventsQuery = {}, signal?: AbortSignal): AsyncGenerator<StreamItem, void, void> => streamEvents(connection, query, signal),
  };
}
