// The typed client of serve's HTTP API (contract §2.2), for commands, bridge and executor; runs wherever fetch does.
// Every method rejects with AiwgError only. Must not retry: who calls decides that.
import { z } from "zod";
import type { MissionState, Priority, SessionState } from "../mission/model.ts";
import { dispatchAcceptedSchema } from "../mission/wire/dispatch.ts";
import {
  controlSchema,
  executorListSchema,
  executorSchema,
  hitlAnsweredSchema,
  hitlListSchema,
  missionPageSchema,
  missionSchema,
  purgedSchema,
  type registerBodySchema,
  registeredSchema,
  sessionSchema,
  type tokenBodySchema,
  tokenCreatedSchema,
  tokenSchema,
  versionSchema,
} from "../mission/wire/http.ts";
import { call, callRaw, connectionOf, type ClientOptions } from "./call.ts";
import { foreignAnswer } from "./errors.ts";
import { followEvents, type EventsQuery, type StreamItem } from "./events.ts";

export type { ClientOptions } from "./call.ts";
export type { EventsQuery, StreamItem } from "./events.ts";

export type MissionsQuery = {
  readonly session?: string | undefined;
  readonly project?: string | undefined;
  readonly state?: readonly MissionState[] | undefined;
  readonly executor?: string | undefined;
  readonly agent?: string | undefined;
  readonly q?: string | undefined;
  readonly sort?: "created" | "-created" | "updated" | "-updated" | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly counts?: boolean | undefined;
};

type RegisterInput = z.input<typeof registerBodySchema>;
type TokenInput = z.input<typeof tokenBodySchema>;

const sessionListSchema = z.object({ sessions: z.array(sessionSchema) });
const SESSION_VERBS = { active: "resume", paused: "pause", stopped: "stop" } as const satisfies Record<SessionState, string>;
const tokenListSchema = z.object({ tokens: z.array(tokenSchema) });

export type Client = ReturnType<typeof createClient>;

/** A client of the serve at `url`. Throws usage or unauthorized at once for a URL or token that can never work. */
export function createClient(options: ClientOptions) {
  const connection = connectionOf(options);
  return {
    /** Serve's base URL, without trailing slashes. */
    url: connection.base,
    version: (signal?: AbortSignal) => call(connection, versionSchema, { method: "GET", path: ["version"], signal }),
    /** One page; `next_cursor` asks for the next. */
    missions: (query: MissionsQuery = {}) => call(connection, missionPageSchema, { method: "GET", path: ["missions"], query }),
    mission: (id: string, signal?: AbortSignal) => call(connection, missionSchema, { method: "GET", path: ["missions", id], signal }),
    sessions: async () => (await call(connection, sessionListSchema, { method: "GET", path: ["sessions"] })).sessions,
    session: (id: string) => call(connection, sessionSchema, { method: "GET", path: ["sessions", id] }),
    /** active ⇄ paused → stopped. */
    setSession: (id: string, state: SessionState) => call(connection, sessionSchema, { method: "POST", path: ["sessions", id, SESSION_VERBS[state]] }),
    /** Asks for the end of a mission; for an id that serve does not know it keeps a tombstone. */
    abort: (id: string, input: { readonly reason?: string } = {}, signal?: AbortSignal) =>
      call(connection, controlSchema, { method: "POST", path: ["missions", id, "abort"], body: input, signal }),
    /** Holds a queued mission; asks the executor of a running one to pause between turns. */
    pause: (id: string, input: { readonly reason?: string } = {}) =>
      call(connection, controlSchema, { method: "POST", path: ["missions", id, "pause"], body: input }),
    /** Lets a held, paused or suspended mission go on. */
    resume: (id: string, input: { readonly elsewhere?: boolean; readonly reason?: string } = {}) =>
      call(connection, controlSchema, { method: "POST", path: ["missions", id, "resume"], body: input }),
    /** Runs an ended mission again, as `newId`; a repeat with the same id is a replay. */
    retry: (id: string, newId: string) =>
      call(connection, dispatchAcceptedSchema, { method: "POST", path: ["missions", id, "retry"], body: { mission_id: newId } }),
    setPriority: (id: string, priority: Priority) => call(connection, missionSchema, { method: "PATCH", path: ["missions", id], body: { priority } }),
    /** What the mission's last attempt changed, as a unified diff. */
    diff: async (id: string): Promise<string> => (await callRaw(connection, { method: "GET", path: ["missions", id, "diff"] })).text,
    answer: (missionId: string, hitlId: string, response: string) =>
      call(connection, hitlAnsweredSchema, { method: "POST", path: ["missions", missionId, "hitl_response"], body: { hitl_id: hitlId, response } }),
    /** Open questions, oldest first. */
    questions: async () => (await call(connection, hitlListSchema, { method: "GET", path: ["hitl"], query: { state: "open" } })).hitl,
    /** Transcript text from byte `after` on (at most 1 MiB) and the byte to ask for next. */
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
    /** Gives an executor nothing new: it finishes what it has and ends. */
    drain: (id: string) => call(connection, executorSchema, { method: "POST", path: ["executors", id, "drain"] }),
    /** Deletes missions that ended so long ago, with their transcripts; their ids are never taken again. */
    purge: async (olderThanS: number) => (await call(connection, purgedSchema, { method: "POST", path: ["purge"], body: { older_than_s: olderThanS } })).purged,
    createToken: (body: TokenInput) => call(connection, tokenCreatedSchema, { method: "POST", path: ["tokens"], body }),
    tokens: async () => (await call(connection, tokenListSchema, { method: "GET", path: ["tokens"] })).tokens,
    deleteToken: async (id: string): Promise<void> => void (await callRaw(connection, { method: "DELETE", path: ["tokens", id] })),
    /** One stream of events, not resumed by itself. */
    events: (query: EventsQuery = {}, signal?: AbortSignal): AsyncGenerator<StreamItem, void, void> => followEvents(connection, query, signal),
  };
}
