// The one error class and the one table of error codes. Transports map a code by its row (HTTP status,
// exit code); this file must not know any transport, process or file system.

type Row = {
  /** HTTP status when the code leaves through serve. */
  readonly status: number;
  /** Exit code when it leaves through the CLI (docs: contract, table of exits). */
  readonly exit: number;
  /** Short title for problem+json, the same for every occurrence. */
  readonly title: string;
  /** What to do next, when the message itself does not say it. */
  readonly hint: string;
};

/** Every code that this program can answer with; docs, problem+json and exit codes are read off it. */
export const ERRORS = {
  usage: { status: 400, exit: 2, title: "Wrong usage", hint: "Run the command with --help to see its arguments." },
  config_invalid: { status: 400, exit: 2, title: "Invalid configuration", hint: "Correct the named key, or remove it." },
  node_unsupported: { status: 500, exit: 2, title: "Unsupported Node.js", hint: "Install Node.js 24.15 or newer (22.22.3 and 26 will do as well)." },
  repo_unusable: { status: 400, exit: 2, title: "Repository cannot be used", hint: "Make a first commit, or use --no-repo." },
  source_unusable: { status: 400, exit: 2, title: "Source cannot be used", hint: "Check what the source names; nothing was written." },
  invalid_request: { status: 400, exit: 2, title: "Invalid request", hint: "Correct the fields named in errors." },
  unauthorized: { status: 401, exit: 5, title: "No valid token", hint: "Send Authorization: Bearer <token>; see aiwg token show." },
  forbidden: { status: 403, exit: 5, title: "Not allowed", hint: "Use a token with a larger role." },
  foreign_origin: { status: 403, exit: 5, title: "Foreign origin", hint: "Call serve from its own origin, or without an Origin header." },
  token_file_unsafe: { status: 500, exit: 5, title: "Token file is not private", hint: "chmod 600 the file, and own it." },
  path_escape: { status: 403, exit: 5, title: "Path leads out of the root", hint: "Remove the link, or correct the name; nothing was written." },
  consent_missing: { status: 403, exit: 5, title: "Nobody has agreed to it", hint: "Read what would run by itself, then agree with --yes." },
  not_found: { status: 404, exit: 3, title: "Not found", hint: "Check the id or the path." },
  executor_not_found: { status: 404, exit: 3, title: "Executor not registered", hint: "Register it, or drop executor_id." },
  method_not_allowed: { status: 405, exit: 2, title: "Method not allowed", hint: "See the Allow header." },
  state_conflict: { status: 409, exit: 4, title: "Not possible in this state", hint: "Read the present state and decide again." },
  idempotency_conflict: { status: 409, exit: 6, title: "First request still in flight", hint: "Repeat with the same key." },
  tombstone: { status: 409, exit: 13, title: "Aborted before it arrived", hint: "Queue a new mission with a new id." },
  already_answered: { status: 409, exit: 4, title: "Question already answered", hint: "Nothing to do: the first answer counts." },
  lock_held: { status: 409, exit: 4, title: "Held by another process", hint: "Stop the process named, or use its own door." },
  closed: { status: 410, exit: 4, title: "Question closed", hint: "The mission went on without it." },
  request_timeout: { status: 408, exit: 6, title: "Request took too long to arrive", hint: "Send it again, without pauses." },
  too_large: { status: 413, exit: 2, title: "Too large", hint: "Send less." },
  unsupported_media_type: { status: 415, exit: 2, title: "Unsupported media type", hint: "Send application/json." },
  misdirected_request: { status: 421, exit: 5, title: "Foreign Host header", hint: "Use the address that serve printed." },
  dependency_cycle: { status: 422, exit: 2, title: "Missions wait for each other", hint: "Drop one of the ids in after." },
  executor_offline: { status: 503, exit: 6, title: "Executor is offline", hint: "Start the executor that holds the workspace, then ask again." },
  idempotency_key_reused: { status: 422, exit: 4, title: "Identity used for another payload", hint: "Mint a new mission id." },
  invalid_answer: { status: 422, exit: 2, title: "Not among the choices", hint: "Answer with one of the choices." },
  rate_limited: { status: 429, exit: 6, title: "Too many requests", hint: "Wait for Retry-After." },
  header_too_large: { status: 431, exit: 2, title: "Headers too large", hint: "Send smaller headers." },
  internal: { status: 500, exit: 7, title: "Internal error", hint: "Please report this, with the message." },
  no_executor_available: { status: 503, exit: 6, title: "No executor available", hint: "Start one with aiwg executor, or send Prefer: respond-async." },
  store_unavailable: { status: 503, exit: 6, title: "Store cannot commit", hint: "Free disk space or check the disk, then retry." },
  store_version: { status: 503, exit: 2, title: "File of another version", hint: "Use the aiwg that wrote it, or move the file away." },
  store_corrupt: { status: 503, exit: 6, title: "File is not a readable store", hint: "Restore it from a backup, or move it away." },
  stopping: { status: 503, exit: 6, title: "Shutting down", hint: "Retry in a moment." },
  unreachable: { status: 503, exit: 6, title: "Serve not reachable", hint: "Start it with aiwg up." },
  timeout: { status: 503, exit: 6, title: "Took too long", hint: "Try again." },
  output_failed: { status: 503, exit: 6, title: "Output cannot be written", hint: "Free disk space, or write somewhere else." },
  workspace_failed: { status: 500, exit: 10, title: "Workspace could not be made", hint: "See the message of git." },
  agent_failed: { status: 500, exit: 10, title: "Agent failed", hint: "See aiwg mc log." },
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERRORS;

/** One wrong place in a request or file; `pointer` is an RFC 6901 JSON Pointer. */
export type Issue = { readonly pointer: string; readonly message: string };

type Options = { readonly cause?: unknown; readonly hint?: string; readonly issues?: readonly Issue[]; readonly retryAfterS?: number };

/** The only error thrown across a boundary. `message` says what happened and where, `hint` what to do next. */
export class AiwgError extends Error {
  override readonly name = "AiwgError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly issues: readonly Issue[];
  /** Seconds after which a repeat makes sense, if known. */
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: Options = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.issues = options.issues ?? [];
    this.retryAfterS = options.retryAfterS;
  }
}

/** True for our own error, by shape: a second copy of the class in a bundle still counts. */
export function isAiwgError(value: unknown): value is AiwgError {
  return value instanceof Error && value.name === "AiwgError" && "code" in value;
}

/** For what cannot happen: a bug of ours, never bad input. Throws `internal`. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new AiwgError("internal", `broken invariant: ${what}`);
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
