// Every bound that serve puts on what comes from outside (security statement 18). Plain data; must not know who applies it.

const KIB = 1024;

/** Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  dispatchBody: 512 * KIB,
  body: 1024 * KIB,
  /** Of who has no token yet. */
  codeBody: KIB,
  /** Nesting of arrays and objects in a body: recursive code behind it must never meet the stack's end. */
  jsonDepth: 64,
  headers: 16 * KIB,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 30_000,
  connections: 4_096,
  streams: 256,
  /** Events read from the store at once for one stream. */
  streamPage: 64,
  /** Text handed to a socket at once. */
  streamChunk: 16 * KIB,
  streamCommentMs: 15_000,
  /** A reader that takes nothing for so long is dropped; it resumes by its cursor. */
  streamStalledMs: 60_000,
  /** Tokens known in memory. */
  knownTokens: 1_024,
  idempotencyKey: 255,
  /** One-time codes that wait to be used; the oldest gives way. */
  codes: 16,
  codeTtlMs: 60_000,
  eventsPage: 500,
  missionsPage: 500,
  missionsPageDefault: 100,
  sessionsPage: 1_000,
  /** Missions that leave the hot tables, and that are deleted, in one commit: others wait no longer than that takes. */
  archiveBatch: 64,
  purgeBatch: 16,
  /** How long requests in flight may take once serve stops. */
  drainMs: 5_000,
} as const;

/** Refused tokens per remote address: a burst, then so many a second. */
export const REFUSALS = { burst: 100, perSecond: 10, addresses: 1_024 } as const;
