// Wire schemas of the executor link (contract §2.3), discriminated by `event`. Tolerant on what executors send
// (unknown members pass, spellings of prior art are understood), exact on what serve sends. No I/O.
import { z } from "zod";
import { idSchema } from "./dispatch.ts";
import type { DispatchBody } from "./dispatch.ts";

const count = z.int().min(0);
// The frame's own limit bounds every text.
const text = z.string();
/** Nothing but a few members is required (contract §2.3): what is not of its type counts as not said, the report stands. */
const unless = <S extends z.ZodType>(schema: S) => schema.nullish().catch(null);
const optionalText = unless(text);

const owned = z.looseObject({ mission_id: idSchema, attempt: count, state: z.string().nullish() });

/** One check's outcome as the executor saw it. `output` is a redacted tail. */
export const checkResultSchema = z
  .looseObject({
    run: z.union([z.string(), z.array(z.string())]),
    exit_code: z.int().nullable(),
    passed: z.boolean(),
    duration_ms: z.number().nullish(),
    output: text.nullish(),
    timed_out: z.boolean().nullish(),
  })
  .meta({ id: "CheckResult" });
export type CheckResult = z.output<typeof checkResultSchema>;

// A check as any executor may tell it, in our shape.
const toldCheck = z
  .looseObject({
    run: z.union([z.string(), z.array(z.string())]).catch(""),
    exit_code: z.int().nullable().catch(null),
    passed: unless(z.boolean()),
    duration_ms: unless(z.number()),
    output: optionalText,
    timed_out: unless(z.boolean()),
  })
  .transform((check) => ({ ...check, passed: check.passed ?? check.exit_code === 0 }));

/** Data that several reports may carry so that a later attempt can go on: where the work lies, the agent's own session. */
const carry = { workspace: optionalText, session_id: optionalText, branch: optionalText, commit: optionalText };
const usage = {
  exit_code: unless(z.int()),
  tokens_total: unless(z.number()),
  cost_usd: unless(z.number()),
  checks: unless(z.array(toldCheck).max(256)),
  summary: optionalText,
};

const DATA = {
  "mission.assigned": z.looseObject({ estimated_start: optionalText }),
  "mission.rejected": z.looseObject({ reason: optionalText }),
  "mission.started": z.looseObject({ agent_runtime: optionalText, ...carry }),
  "mission.progress": z.looseObject({
    phase: optionalText,
    iteration: unless(z.number()),
    tokens_used: unless(z.number()),
    summary: optionalText,
    pct_complete: unless(z.number()),
    ...carry,
  }),
  "mission.hitl_required": z.looseObject({
    hitl_id: idSchema,
    prompt: text.min(1),
    context: optionalText,
    choices: unless(z.array(z.string().max(1024)).max(64)),
    default: optionalText,
    expires_at: optionalText,
  }),
  "mission.paused": z.looseObject({ reason: optionalText, ...carry }),
  "mission.resumed": z.looseObject({ resumed_from: optionalText }),
  "mission.suspended": z.looseObject({ checkpoint_id: optionalText, reason: optionalText, ...carry }),
  "mission.reconnected": z.looseObject({ checkpoint_id: optionalText }),
  "mission.completed": z.looseObject({ verified: unless(z.boolean()), ...usage, ...carry }),
  "mission.failed": z.looseObject({ reason: text.min(1), error: optionalText, ...usage, ...carry }),
  "mission.aborted": z.looseObject({ aborted_by: optionalText, reason: optionalText, ...carry }),
} as const;

export type ReportEvent = keyof typeof DATA;
export const REPORT_EVENTS = Object.keys(DATA) as ReportEvent[];

const envelope = { executor_id: z.string().nullish(), ts: z.string().nullish() };

function report<E extends ReportEvent>(event: E) {
  return z.looseObject({
    event: z.literal(event),
    ...envelope,
    mission_id: idSchema,
    attempt: count,
    src_seq: count,
    data: z.nullish(DATA[event]),
  });
}
function reportWithData<E extends "mission.hitl_required" | "mission.failed">(event: E) {
  return z.looseObject({ event: z.literal(event), ...envelope, mission_id: idSchema, attempt: count, src_seq: count, data: DATA[event] });
}

const resync = z.looseObject({
  event: z.literal("executor.resync"),
  ...envelope,
  data: z.looseObject({
    epoch: z.string().min(1).max(128).nullish(),
    owned: z.array(owned).max(100_000).nullish(),
    owned_mission_ids: z.array(idSchema).max(100_000).nullish(),
    slots: z.int().min(1).max(100_000).nullish(),
    protocol_version: z.string().nullish(),
  }),
});
const heartbeat = z.looseObject({
  event: z.literal("executor.heartbeat"),
  ...envelope,
  data: z.looseObject({
    n: count,
    owned: z
      .array(z.union([owned, idSchema]))
      .max(100_000)
      .nullish(),
  }),
});
const log = z.looseObject({
  event: z.literal("mission.log"),
  ...envelope,
  mission_id: idSchema,
  attempt: count,
  data: z.looseObject({ offset: count, text: z.string() }),
});
const diff = z.looseObject({ event: z.literal("mission.diff"), ...envelope, mission_id: idSchema, attempt: count, data: z.looseObject({ text: z.string() }) });

/** Every frame an executor may send. */
export const executorFrameSchema = z.discriminatedUnion("event", [
  resync,
  heartbeat,
  log,
  diff,
  report("mission.assigned"),
  report("mission.rejected"),
  report("mission.started"),
  report("mission.progress"),
  reportWithData("mission.hitl_required"),
  report("mission.paused"),
  report("mission.resumed"),
  report("mission.suspended"),
  report("mission.reconnected"),
  report("mission.completed"),
  reportWithData("mission.failed"),
  report("mission.aborted"),
]);
export type ExecutorFrame = z.output<typeof executorFrameSchema>;
export type ReportFrame = Extract<ExecutorFrame, { event: ReportEvent }>;
export type ResyncFrame = z.output<typeof resync>;
export type HeartbeatFrame = z.output<typeof heartbeat>;

/** The least that must be readable of a refused frame, so that it can be consumed and answered. */
export const frameHeadSchema = z.looseObject({
  event: z.string().optional().catch(undefined),
  mission_id: z.string().optional().catch(undefined),
  attempt: count.optional().catch(undefined),
  src_seq: count.optional().catch(undefined),
});

export const LINK_ERRORS = ["bad_frame", "stale_fence", "state_conflict", "not_owner"] as const;
export type LinkError = (typeof LINK_ERRORS)[number];

/** Names a run: which ownership of which mission. */
export type RunRef = { readonly mission_id: string; readonly attempt: number };

/** What a later attempt may go on from. */
export type ResumeInfo = { readonly workspace: string | null; readonly session_id: string | null };

type Frame<E extends string, D> = { readonly event: E; readonly executor_id: string; readonly ts: string; readonly data: D };
type MissionFrame<E extends string, D> = Frame<E, D> & RunRef;

/** Frames that serve sends. `mission.*` are repeated after `executor.resynced` until a report confirms them. */
export type ServeFrame =
  | Frame<"executor.resynced", { acked: number; drop: (RunRef & { reason: string })[]; lease_ttl_ms: number; hold_ttl_ms: number }>
  | Frame<"executor.renewed", { n: number; leases: (RunRef & { ttl_ms: number })[]; refused: (RunRef & { reason: string })[] }>
  | Frame<"executor.ack", { src_seq: number }>
  | (Frame<"executor.error", { code: LinkError; detail: string; src_seq?: number }> & Partial<RunRef>)
  | Frame<"executor.drain", Record<string, never>>
  | MissionFrame<"mission.dispatch", DispatchBody & { session_id: string; lease_ttl_ms: number; resume?: ResumeInfo }>
  | MissionFrame<"mission.pause" | "mission.resume" | "mission.diff", Record<string, never>>
  | MissionFrame<"mission.abort", { reason: string | null }>
  | MissionFrame<"mission.hitl_responded", { hitl_id: string; response: string; responded_at: string }>;

const outEnvelope = { executor_id: z.string(), ts: z.string() };
const ref = { mission_id: z.string(), attempt: count };
const withReason = z.looseObject({ ...ref, reason: z.string() });

/** The same frames as an executor reads them: unknown members pass, so that a newer serve can be talked to. */
export const serveFrameSchema = z.discriminatedUnion("event", [
  z.looseObject({
    event: z.literal("executor.resynced"),
    ...outEnvelope,
    data: z.looseObject({ acked: count, drop: z.array(withReason), lease_ttl_ms: count, hold_ttl_ms: count }),
  }),
  z.looseObject({
    event: z.literal("executor.renewed"),
    ...outEnvelope,
    data: z.looseObject({ n: count, leases: z.array(z.looseObject({ ...ref, ttl_ms: count })), refused: z.array(withReason) }),
  }),
  z.looseObject({ event: z.literal("executor.ack"), ...outEnvelope, data: z.looseObject({ src_seq: count }) }),
  z.looseObject({
    event: z.literal("executor.error"),
    ...outEnvelope,
    mission_id: z.string().optional(),
    attempt: count.optional(),
    data: z.looseObject({ code: z.enum(LINK_ERRORS), detail: z.string(), src_seq: count.optional() }),
  }),
  z.looseObject({ event: z.literal("executor.drain"), ...outEnvelope }),
  z.looseObject({ event: z.literal("mission.dispatch"), ...outEnvelope, ...ref, data: z.looseObject({}) }),
  z.looseObject({ event: z.enum(["mission.pause", "mission.resume", "mission.diff"]), ...outEnvelope, ...ref }),
  z.looseObject({ event: z.literal("mission.abort"), ...outEnvelope, ...ref, data: z.looseObject({ reason: z.string().nullish() }) }),
  z.looseObject({ event: z.literal("mission.hitl_responded"), ...outEnvelope, ...ref, data: z.looseObject({ hitl_id: z.string(), response: z.string() }) }),
]);

/** Largest frame either side sends or takes, in bytes. */
export const MAX_FRAME_BYTES = 1024 * 1024;
