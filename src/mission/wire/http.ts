// Wire schemas of serve's other routes (contract §2.2): requests tolerant, answers exact. No I/O.
import { z } from "zod";
import { MISSION_STATES, PRIORITIES, ROLES, SESSION_STATES, SPEC_VERSION, isOurProtocol } from "../model.ts";
import { checkResultSchema } from "./frames.ts";
import { idSchema } from "./dispatch.ts";

const time = z.string().describe("RFC 3339, UTC");
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();
const reasonBody = { reason: z.string().max(4096).nullish() };

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457" });
export type Problem = z.output<typeof problemSchema>;

export const resultSchema = z
  .object({
    verified: z.boolean().nullable(),
    checks: z.array(checkResultSchema),
    exit_code: maybe(z.int()),
    summary: maybe(z.string()),
    tokens_total: maybe(z.number()),
    cost_usd: maybe(z.number()),
    branch: maybe(z.string()),
    commit: maybe(z.string()),
  })
  .meta({ id: "Result" });
export type MissionResult = z.output<typeof resultSchema>;

export const missionSchema = z
  .object({
    mission_id: z.string(),
    session_id: z.string(),
    project: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    objective: z.string(),
    completion: maybe(z.string()),
    state: z.enum(MISSION_STATES),
    reason: z.string(),
    seq: z.int(),
    attempt: z.int(),
    attempts_started: z.int(),
    max_attempts: z.int(),
    executor_id: maybe(z.string()),
    agent: maybe(z.string()),
    priority: z.enum(PRIORITIES),
    on_lost: z.enum(["hold", "retry"]),
    abort_requested: z.boolean(),
    /** Queued, but not to be assigned until resumed. */
    held: z.boolean(),
    after: z.array(z.string()).optional(),
    result: resultSchema.optional(),
    retry_of: z.string().optional(),
    /** It ended long ago: it can be read, but nothing can happen to it any more. */
    archived: z.literal(true).optional(),
    created_at: time,
    updated_at: time,
    started_at: maybe(time),
    ended_at: maybe(time),
  })
  .meta({ id: "Mission" });
export type Mission = z.output<typeof missionSchema>;

const counts = z.partialRecord(z.enum(MISSION_STATES), z.int());
export const missionPageSchema = z.object({ missions: z.array(missionSchema), next_cursor: maybe(z.string()), counts: counts.optional() });
export type MissionPage = z.output<typeof missionPageSchema>;

export const sessionSchema = z
  .object({
    session_id: z.string(),
    state: z.enum(SESSION_STATES),
    project: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    counts,
    created_at: time,
    updated_at: time,
  })
  .meta({ id: "Session" });
export type Session = z.output<typeof sessionSchema>;
export const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), next_cursor: maybe(z.string()) });
export type SessionPage = z.output<typeof sessionPageSchema>;

/** Answer of pause, resume and abort. */
export const controlSchema = z
  .object({ mission_id: z.string(), state: z.enum(MISSION_STATES), abort_requested: z.boolean().optional() })
  .meta({ id: "Control" });
export type Control = z.output<typeof controlSchema>;
export const retryBodySchema = z.looseObject({ mission_id: idSchema });
export const patchBodySchema = z.looseObject({ priority: z.enum(PRIORITIES).optional() });
export const abortBodySchema = z.looseObject(reasonBody);
export const pauseBodySchema = z.looseObject(reasonBody);
export const resumeBodySchema = z.looseObject({ ...reasonBody, elsewhere: z.boolean().nullish() });

export const hitlSchema = z
  .object({
    hitl_id: z.string(),
    mission_id: z.string(),
    session_id: z.string(),
    prompt: z.string(),
    choices: z.array(z.string()).optional(),
    default: z.string().optional(),
    asked_at: time,
    expires_at: time.optional(),
    state: z.enum(["open", "answered", "closed"]).optional(),
  })
  .meta({ id: "Question" });
export type Question = z.output<typeof hitlSchema>;
export const hitlListSchema = z.object({ hitl: z.array(hitlSchema) });
/** `text` is prior art's spelling of `response`. */
const answerText = z
  .string()
  .max(64 * 1024)
  .nullish();
export const hitlResponseSchema = z
  .looseObject({ hitl_id: idSchema, response: answerText, text: answerText })
  .refine((body) => typeof (body.response ?? body.text) === "string", { path: ["response"], message: "is required" });
export const hitlAnsweredSchema = z.object({ mission_id: z.string(), hitl_id: z.string(), state: z.enum(MISSION_STATES) });

const shortText = z.string().min(1).max(256);
export const registerBodySchema = z
  .looseObject({
    executor_id: idSchema,
    name: z.string().min(1).max(128),
    version: z.string().min(1).max(64),
    spec_version: z.string().refine(isOurProtocol, `must be ${SPEC_VERSION} or a later minor of it`),
    capabilities: z.array(shortText).max(256),
    slots: z.int().min(1).max(100_000).nullish(),
    host_id: shortText.nullish(),
    token_sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits")
      .nullish(),
    transport_endpoints: z.looseObject({ rest: z.url().nullish(), ws: z.url().nullish() }).nullish(),
    a2a_instance_id: shortText.nullish(),
  })
  .meta({ id: "RegisterBody" });
export type RegisterBody = z.output<typeof registerBodySchema>;
export const registeredSchema = z.object({ executor_id: z.string(), token: z.string().optional(), registered_at: time, ws_url: z.string() });

export const executorSchema = z
  .object({
    executor_id: z.string(),
    name: z.string(),
    version: z.string(),
    capabilities: z.array(z.string()),
    connected: z.boolean(),
    draining: z.boolean(),
    silent: z.boolean(),
    slots: z.int(),
    running: z.int(),
    host_id: maybe(z.string()),
    a2a_instance_id: maybe(z.string()),
    registered_at: time,
    last_seen: maybe(time),
  })
  .meta({ id: "Executor" });
export type Executor = z.output<typeof executorSchema>;
export const executorListSchema = z.object({ executors: z.array(executorSchema) });

export const tokenBodySchema = z
  .looseObject({
    role: z.enum(["read", "operate", "admin", "enrol"]),
    name: z.string().max(128).nullish(),
    uses: z.int().min(1).max(1_000_000).nullish(),
    ttl_s: z
      .int()
      .min(1)
      .max(10 * 365 * 86_400)
      .nullish(),
  })
  .meta({ id: "TokenBody" });
export const tokenCreatedSchema = z.object({ id: z.string(), token: z.string(), role: z.enum(ROLES), expires_at: time.optional() });
export const tokenSchema = z
  .object({ id: z.string(), role: z.string(), name: maybe(z.string()), created_at: time, expires_at: maybe(time), uses_left: maybe(z.int()) })
  .meta({ id: "Token" });
export type TokenInfo = z.output<typeof tokenSchema>;

/** A one-time code, shown once, and its exchange for a browser's token. */
export const codeMintedSchema = z.object({ code: z.string(), expires_at: time });
export const sessionCodeBodySchema = z.looseObject({ code: z.string().min(1).max(128) });
export const sessionCodeSchema = z.object({ token: z.string(), role: z.literal("operate"), expires_at: time });

/** Seconds since the end of a mission. */
export const purgeBodySchema = z.looseObject({
  older_than_s: z
    .int()
    .min(0)
    .max(100 * 366 * 86_400),
});
export const purgedSchema = z.object({ purged: z.int() });

export const versionSchema = z.object({ version: z.string(), serve_id: z.string(), protocol: z.string() });
