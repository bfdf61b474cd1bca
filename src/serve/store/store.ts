// The store of serve as an interface: whole operations, each one transaction, durable before its promise resolves.
// SQLite implements it; a second implementation must pass the same suite (store.suite.ts). Must not know HTTP or sockets.
import type { MissionState, OnLost, Priority, Role, SessionState } from "../../mission/model.ts";
import type { DispatchAccepted, DispatchBody } from "../../mission/wire/dispatch.ts";
import type { ServeEvent } from "../../mission/wire/events.ts";
import type { LinkError, ReportFrame, ResumeInfo, RunRef } from "../../mission/wire/frames.ts";
import type { Control, Executor, Mission, MissionPage, Question, RegisterBody, Session, SessionPage, TokenInfo } from "../../mission/wire/http.ts";

/** One ownership of a mission. Its lease is short until confirmed and for `retry`, long for a confirmed `hold`. */
export type OwnedRun = RunRef & { readonly executor_id: string; readonly confirmed: boolean; readonly on_lost: OnLost };

/** What serve must tell an executor. Derived from stored state, so it can be repeated after every reconnect until confirmed. */
export type Command =
  | { readonly kind: "dispatch"; readonly run: RunRef; readonly session_id: string; readonly body: DispatchBody; readonly resume: ResumeInfo | null }
  | { readonly kind: "abort"; readonly run: RunRef; readonly reason: string | null }
  | { readonly kind: "pause" | "resume"; readonly run: RunRef }
  | { readonly kind: "drain" }
  | { readonly kind: "hitl_responded"; readonly run: RunRef; readonly hitl_id: string; readonly response: string; readonly responded_at: string };

/** What a committed transaction changed, for those who act on it (streams, links, leases, scheduler). */
export type Effect =
  | { readonly kind: "event"; readonly event: ServeEvent; readonly project_id: string | null }
  | { readonly kind: "owned"; readonly run: OwnedRun }
  | { readonly kind: "released"; readonly run: RunRef & { readonly executor_id: string } }
  | { readonly kind: "command"; readonly executor_id: string; readonly command: Command }
  /** Queued missions or free slots have appeared: the scheduler should look. */
  | { readonly kind: "ready" }
  /** Serve ended this ownership: its former owner should stop at once. */
  | { readonly kind: "revoked"; readonly run: RunRef & { readonly executor_id: string } }
  | { readonly kind: "executor_gone"; readonly executor_id: string }
  | { readonly kind: "token_gone"; readonly token_id: string };

export type DispatchInput = {
  readonly sessionId: string;
  readonly body: DispatchBody;
  /** sha256 of the canonical raw body with the session id. */
  readonly hash: Uint8Array;
  /** The Idempotency-Key, or the mission id. */
  readonly key: string;
  readonly respondAsync: boolean;
  readonly traceparent: string | null;
};
/** Refusals are thrown as AiwgError: idempotency_key_reused, tombstone, executor_not_found, no_executor_available. */
export type DispatchVerdict = { readonly response: DispatchAccepted; readonly replayed: boolean };

export type ReportVerdict =
  | { readonly outcome: "applied" | "duplicate"; readonly acked: number }
  | { readonly outcome: "refused"; readonly acked: number; readonly code: LinkError; readonly detail: string };

export type ResyncInput = {
  readonly epoch: string;
  readonly owned: readonly (RunRef & { readonly state?: MissionState | undefined })[];
  readonly slots: number | null;
};
export type ResyncVerdict = { readonly acked: number; readonly drop: readonly (RunRef & { readonly reason: string })[] };

/** Why an ownership ends without a report of its owner. */
export type LossCause = "lease_expired" | "not_listed" | "executor_deleted";

export type EventFilter = { readonly session?: string; readonly mission?: string; readonly project?: string };
export type MissionQuery = {
  readonly session?: string;
  readonly project?: string;
  readonly states?: readonly MissionState[];
  readonly executor?: string;
  readonly agent?: string;
  /** Substring of objective or id, case-insensitive. */
  readonly q?: string;
  readonly sort: "created" | "-created" | "updated" | "-updated";
  readonly cursor?: string;
  readonly limit: number;
  /** Also count the matching missions by state (without the state filter). */
  readonly counts: boolean;
};

/** Missions by state over all sessions, and the newest seq. */
export type StoreStats = {
  readonly missions: Readonly<Partial<Record<MissionState, number>>>;
  readonly head: number;
  readonly openQuestions: number;
  readonly bytes: number;
  readonly commits: CommitStats;
};

/** What durability has cost since the store was opened. */
export type CommitStats = { readonly commits: number; readonly operations: number; readonly failures: number; readonly seconds: number };

/** Who a token stands for. */
export type Principal = { readonly tokenId: string; readonly role: Role; readonly executorId: string | null; readonly expiresAt: number | null };
export type TokenInput = {
  readonly hash: string;
  readonly role: Role;
  readonly executorId: string | null;
  readonly name: string | null;
  readonly uses: number | null;
  readonly expiresAt: number | null;
};

/** All methods reject with AiwgError; `store_unavailable` means the outcome of a write is unknown. */
export interface Store {
  /** Identity of this store, minted once: what clients bind intents and cursors to. */
  readonly serveId: string;
  /** Effects of every committed write, in commit order, after the writer's promise is settled or about to be. */
  subscribe(listener: (effects: readonly Effect[]) => void): () => void;
  /** False once a commit failed and none succeeded since. */
  healthy(): boolean;
  close(): Promise<void>;

  /** Contract §2.1, order of judgement after syntax: identity, then executors; assigns at once where a slot is free. */
  dispatch(input: DispatchInput): Promise<DispatchVerdict>;
  /** Assigns up to `limit` queued missions by priority and age; returns how many. */
  assignQueued(limit: number): Promise<number>;

  /** Stores a report of an executor with its effect in one transaction; a repeat of (epoch, src_seq) changes nothing. */
  report(executorId: string, epoch: string, frame: ReportFrame): Promise<ReportVerdict>;
  /** A refused frame without effect is consumed too. Returns the highest contiguous src_seq. */
  consume(executorId: string, epoch: string, srcSeq: number): Promise<number>;
  /** Marks the executor connected; the same epoch loses unlisted runs now; the rest of `owned` is checked against fences. */
  resync(executorId: string, input: ResyncInput): Promise<ResyncVerdict>;
  /** Queues again what the executor suspended by its own shutdown: it is back. A resync does so too. */
  executorBack(executorId: string): Promise<void>;
  /** Marks the executor as no longer connected. */
  linkLost(executorId: string): Promise<void>;
  /** Notes that the executor was heard and its leases renewed, for a restart's grace. */
  seen(executorId: string): Promise<void>;
  /** Ends an ownership by its fence; false if it was not current any more. */
  endOwnership(run: RunRef, cause: LossCause): Promise<boolean>;
  ownedRuns(executorId?: string): Promise<OwnedRun[]>;
  /** Unconfirmed commands of an executor, oldest first. */
  pendingCommands(executorId: string): Promise<Command[]>;

  abort(missionId: string, reason: string | null): Promise<Control>;
  /** Holds a queued mission; asks the owner of a running one to pause between turns. */
  pause(missionId: string, reason: string | null): Promise<Control>;
  /** Releases a held mission, queues a suspended one, asks the owner of a paused one to go on. */
  resume(missionId: string, options: { readonly elsewhere: boolean }): Promise<Control>;
  /** A new mission, with the client's id, from an ended one; a repeat is a replay. */
  retry(missionId: string, newId: string): Promise<DispatchVerdict>;
  setPriority(missionId: string, priority: Priority): Promise<Mission>;
  /** active ⇄ paused → stopped; undefined for an unknown session. */
  setSessionState(sessionId: string, state: SessionState): Promise<Session | undefined>;
  /** Gives it nothing new; false for an unknown executor. */
  drain(executorId: string): Promise<boolean>;
  /** Questions past their time: answered with their default, else their mission is suspended. Returns how many. */
  expireQuestions(): Promise<number>;
  /** When the next open question expires (ms); undefined while none will. */
  nextExpiry(): Promise<number | undefined>;
  /** Forgets tokens past their time. Returns how many. */
  expireTokens(): Promise<number>;
  /** Moves up to `limit` missions that ended before `endedBefore` (ms) out of the hot tables. Returns how many. */
  archive(endedBefore: number, limit: number): Promise<number>;
  /** Deletes up to `limit` archived missions and transcripts that ended before (ms); their (id, hash) stay. Returns how many. */
  purge(endedBefore: number, limit: number): Promise<number>;
  /** Numbers for an operator's monitoring. */
  stats(): Promise<StoreStats>;
  answer(missionId: string, hitlId: string, response: string): Promise<Control>;

  /** Registers or, with the executor's own token, updates an executor. `tokenHash` null keeps the stored one. */
  registerExecutor(input: {
    readonly body: RegisterBody;
    readonly tokenHash: string | null;
    readonly by: Principal;
  }): Promise<{ readonly registered_at: string; readonly created: boolean }>;
  /** True if it existed. */
  deleteExecutor(executorId: string): Promise<boolean>;
  executors(): Promise<Executor[]>;
  executor(executorId: string): Promise<Executor | undefined>;

  /** Appends transcript text at the executor's byte offset; repeats are skipped, a gap is marked, the cap is said once. */
  appendLog(run: RunRef, executorId: string, offset: number, text: string): Promise<void>;
  /** Transcript bytes from `after` (at most 1 MiB) and where to go on. */
  readLog(missionId: string, after: number): Promise<{ readonly text: string; readonly next: number } | undefined>;

  head(): Promise<number>;
  /** The least cursor that can be resumed, for all events or those of one mission: events up to it may be gone. */
  prunedTo(missionId?: string): Promise<number>;
  /** Events with seq > `after`, oldest first. `scanned` is the seq up to which none is missing. */
  events(after: number, limit: number, filter: EventFilter): Promise<{ readonly events: readonly ServeEvent[]; readonly scanned: number }>;

  mission(missionId: string): Promise<Mission | undefined>;
  missions(query: MissionQuery): Promise<MissionPage>;
  /** The newest first; `cursor` is that of an earlier page. Rejects with invalid_request for any other. */
  sessions(page: { readonly cursor?: string | undefined; readonly limit: number }): Promise<SessionPage>;
  session(sessionId: string): Promise<Session | undefined>;
  openQuestions(): Promise<Question[]>;
  /** Questions of whatever state whose id begins so, until their mission is archived. */
  questionsLike(prefix: string): Promise<Question[]>;

  /** The live, unexpired principal of a token hash (sha256 hex), or undefined. */
  principal(hash: string): Promise<Principal | undefined>;
  createToken(input: TokenInput): Promise<TokenInfo>;
  tokens(): Promise<TokenInfo[]>;
  deleteToken(tokenId: string): Promise<boolean>;
  /** Makes `hash` the only local admin token. */
  setLocalAdmin(hash: string): Promise<void>;
}
