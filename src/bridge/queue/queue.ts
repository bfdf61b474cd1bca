// The queue as an interface: durable rows that short-lived processes write and one bridge delivers. Every method is
// synchronous and one transaction; what it returns was fsynced. Must not know HTTP, nor how a row is delivered.
import type { MissionState, Priority, SessionState } from "../../mission/model.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import type { Mission, MissionResult } from "../../mission/wire/http.ts";

/** `pending` (not yet sent), `sent` (an intent exists, its outcome is not known yet), then serve's state as mirrored. */
export type QueueState = "pending" | "sent" | MissionState;

/** Where missions belong: the git common dir (else the folder) as `id`, a short name for people. */
export type Project = { readonly id: string; readonly name: string };

export type QueuedSession = {
  readonly session_id: string;
  readonly project: Project;
  readonly name: string | null;
  /** As said here, or by serve since. */
  readonly state: SessionState;
  readonly created_at: string;
};

export type QueuedMission = {
  readonly mission_id: string;
  readonly session_id: string;
  readonly project: Project;
  readonly state: QueueState;
  /** Why it waits, or how it ended: never empty. */
  readonly reason: string;
  /** Seq of the event that the mirror reflects; 0 before the first. */
  readonly seq: number;
  /** Serve's fence. */
  readonly attempt: number;
  readonly executor_id: string | null;
  /** Cut to 500 characters; `body` has all of it. */
  readonly objective: string;
  readonly priority: Priority;
  /** Not sent until released: by itself, or with its session. */
  readonly held: boolean;
  readonly abort_requested: boolean;
  /** POSTs made or intended so far. */
  readonly dispatch_attempts: number;
  /** The serve that the intent is bound to; null before the first intent. */
  readonly serve_id: string | null;
  /** The mission that it runs again. */
  readonly retry_of: string | null;
  readonly result: MissionResult | null;
  readonly created_at: string;
  readonly updated_at: string;
};

/** A mission to queue: the dispatch body without `project` (the queue adds it); `mission_id` is minted if absent. */
export type NewMission = {
  readonly body: Omit<DispatchBody, "mission_id" | "project"> & { readonly mission_id?: string };
  /** Unique in a project: the same typed arguments give the same mission, others are refused. */
  readonly requestId?: string;
  /** The ended mission of this queue that it runs again. */
  readonly retryOf?: string;
  /** What a person typed, as JSON, compared for `requestId`; the body without its id and pinned base by default. */
  readonly typed?: unknown;
};

export type EnqueueInput = {
  readonly project: Project;
  /** Id, unique prefix or name of a session of the project; absent: the project's newest active one, or a new one. */
  readonly session?: string;
  readonly missions: readonly NewMission[];
};

/** `replayed`: the mission was there already, under the same request id or mission id; `purged`: it ended, and only that is known still. */
export type Enqueued = {
  readonly mission_id: string;
  readonly session_id: string;
  readonly state: QueueState;
  readonly replayed: boolean;
  readonly purged: boolean;
};

export type MissionFilter = {
  readonly project?: string;
  readonly session?: string;
  readonly states?: readonly QueueState[];
  readonly limit: number;
};

export type Found = { readonly kind: "mission"; readonly mission: QueuedMission } | { readonly kind: "session"; readonly session: QueuedSession };

/** What an abort did: ended it here, left a request for the bridge to deliver, or found it ended. */
export type AbortOutcome = { readonly outcome: "aborted" | "requested" | "already_ended"; readonly mission: QueuedMission };

/**
 * What steering a row did. `done`: here, and it has not left. `at_serve`: serve has the mission, or may have it; ask there
 * too. `already_ended`: nothing.
 */
export type SteerOutcome = { readonly outcome: "done" | "at_serve" | "already_ended"; readonly mission: QueuedMission };
/**
 * `moved`: due for whichever serve is there. Left alone: `not_bound` to any serve, `there` (bound to the present one), `accepted`
 * (`force` moves it, unless it was the present one), `in_flight` just now, `aborting`, `ended`. `may_run_there`: the old serve has
 * it, or may have it.
 */
export type Moved = {
  readonly mission_id: string;
  readonly outcome: "moved" | "not_bound" | "there" | "accepted" | "in_flight" | "aborting" | "ended";
  readonly from: string | null;
  readonly may_run_there: boolean;
};
/** `queued`: will be sent. `held`: was under way elsewhere; waits until released. `history`: ended. `known`: is here, or was and is purged; left as it is. */
export type Imported = {
  readonly sessions: readonly QueuedSession[];
  readonly missions: readonly { readonly mission_id: string; readonly session_id: string; readonly outcome: "queued" | "held" | "history" | "known" }[];
  /** What could not be kept as it was, for people. */
  readonly notes: readonly string[];
};
export type CleanInput = {
  readonly project?: string;
  readonly session?: string;
  /** Ended before this time, ms. */
  readonly endedBefore: number;
  /** Changes nothing, says the same. */
  readonly dryRun?: boolean;
};
/** Ids of the removed missions, and of stopped sessions that nothing was left in. */
export type Cleaned = { readonly missions: readonly string[]; readonly sessions: readonly string[] };

/** The bridge of this queue, as it last wrote itself down. `fault`: why nothing can be sent now. */
export type BridgeStatus = { readonly running: boolean; readonly pid: number | null; readonly fault: string | null; readonly serve_id: string | null };

export type Counts = Readonly<Partial<Record<QueueState, number>>>;

/** What can be read. All methods throw AiwgError; store_unavailable when the file is locked for too long. */
export interface QueueReader {
  readonly path: string;
  /** Sessions, newest first; of one project, or of all. */
  sessions(project?: string): QueuedSession[];
  /** Missions, newest first. */
  missions(filter: MissionFilter): QueuedMission[];
  counts(filter: { readonly project?: string; readonly session?: string }): Counts;
  mission(missionId: string): QueuedMission | undefined;
  /** The body as it was queued; of what it waits for, serve hears only what it can know. */
  body(missionId: string): DispatchBody | undefined;
  /** True for the id of a mission that is here, or was and is purged. */
  isKnown(missionId: string): boolean;
  /** The body of the mission that a request id of a project stands for, as it was queued. */
  requested(project: string, requestId: string): DispatchBody | undefined;
  /** A mission or session by id, unique prefix, or (sessions) name. Throws not_found, or usage naming the candidates. */
  find(project: string | undefined, idOrPrefix: string): Found;
  bridge(): BridgeStatus;
  close(): void;
}

/** All methods throw AiwgError; store_unavailable when the file is locked for too long, full or read-only. */
export interface Queue extends QueueReader {
  /** A new session of a project. A name is unique in its project: state_conflict otherwise. */
  startSession(input: { readonly project: Project; readonly name?: string }): QueuedSession;
  /**
   * Queues all or none, in one durable transaction, in the given order. Throws invalid_request, too_large,
   * not_found (session), state_conflict (session stopped, request id used for other arguments), idempotency_key_reused
   * (mission id used), dependency_cycle.
   */
  enqueue(input: EnqueueInput): Enqueued[];
  /** Throws not_found. Never sent: aborted here and now; else a request that the bridge delivers. */
  requestAbort(missionId: string): AbortOutcome;
  /** The same for many, in their order, in one transaction: all or none. */
  requestAborts(missionIds: readonly string[]): AbortOutcome[];
  /** Keeps a row that has not left from being sent. Throws not_found. */
  hold(missionId: string, reason?: string): SteerOutcome;
  /** Undoes `hold`, and lets an imported mission go that was under way elsewhere. Throws not_found. */
  release(missionId: string): SteerOutcome;
  /** Changes the priority of a row that has not left. Throws not_found. */
  setPriority(missionId: string, priority: Priority): SteerOutcome;
  /** Pauses, resumes or stops the rows of a session that wait here. Throws not_found; state_conflict once it is stopped. */
  setSessionState(sessionId: string, state: SessionState): QueuedSession;
  /** A row for a mission that serve has from elsewhere, such as a retry; known ones are mirrored. Without project: that of what it retries, else `project`. */
  adopt(mission: Mission, serveId: string, project: Project): QueuedMission;
  /**
   * Unbinds missions from the serve they were sent to, so that the present one gets them. One outcome per id, in order. `present`:
   * its serve_id; absent, the bridge's last one.
   */
  move(missionIds: readonly string[], options?: { readonly force?: boolean; readonly dryRun?: boolean; readonly present?: string | undefined }): Moved[];
  /** Sessions and missions as JSON lines that `importMissions` reads: the first names the format. */
  exportMissions(filter: { readonly project?: string; readonly session?: string }): Generator<string, void, void>;
  /**
   * Takes in an export, or prior art's `session.json`, all or none; ids are kept, a repeat changes nothing. Throws
   * invalid_request, too_large, idempotency_key_reused (an id that stands for something else here), dependency_cycle.
   */
  importMissions(project: Project, text: string): Imported;
  /** Removes missions that ended before a time, unless serve has still to be told of their abort. Their ids and request ids stay theirs for ever. */
  clean(input: CleanInput): Cleaned;
}
