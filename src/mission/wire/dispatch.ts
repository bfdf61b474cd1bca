// Wire schema of a dispatch (contract §2.1): body and answer. Tolerant on input where the contract says so. No I/O.
import { z } from "zod";
import { ID_PATTERN } from "../../core/ids.ts";
import { DISPATCH_PATHS, ON_LOST, PRIORITIES } from "../model.ts";

/** An id of a mission, session or executor. */
export const idSchema = z.string().regex(ID_PATTERN, "must be 1–128 of A-Z a-z 0-9 . _ : - and neither . nor ..").meta({ id: "Id" });

const MAX_TEXT = 64 * 1024;
// A unit of a string takes three bytes at most, so most texts need no counting.
const fits = (text: string): boolean => text.length * 3 <= MAX_TEXT || new TextEncoder().encode(text).length <= MAX_TEXT;

/** Non-empty text of at most 64 KiB (UTF-8) without NUL. */
export const longText = z
  .string()
  .min(1, "must not be empty")
  .refine(fits, "must be at most 64 KiB")
  .refine((text) => !text.includes("\0"), "must not contain NUL");

const shortText = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), "must not contain control characters");
/** A git revision or branch on a command line of ours: never an option. */
const revision = shortText.refine((text) => !text.startsWith("-"), "must not start with -");
const capability = shortText;
/** A secret is named as an environment variable is. */
const secretName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "must be the name of an environment variable");
const positive = z.int().positive();

const repoSchema = z.union([
  z.strictObject({
    path: z
      .string()
      .min(1)
      .max(4096)
      .refine((path) => path.startsWith("/") && !path.includes("\0"), "must be an absolute path"),
    host_id: shortText,
  }),
  z.strictObject({
    url: z
      .string()
      .max(2048)
      .regex(
        /^(?:(?:https?|ssh|git|file):\/\/[^\s\0]+|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s\0]+)$/,
        "must be an https, http, ssh, git or file URL, or user@host:path",
      ),
  }),
]);

export const workspaceSchema = z.strictObject({
  repo: repoSchema,
  base: revision.nullish(),
  branch: revision.nullish(),
  subdir: z
    .string()
    .max(1024)
    .refine((path) => !path.startsWith("/") && !path.includes("\0") && !path.split("/").includes(".."), "must be a relative path without ..")
    .nullish(),
});
export type WorkspaceSpec = z.output<typeof workspaceSchema>;

export const checkSchema = z.strictObject({
  run: z.union([
    z
      .string()
      .min(1)
      .max(16_384)
      .refine((text) => !text.includes("\0"), "must not contain NUL"),
    z.array(z.string().max(16_384)).min(1).max(256),
  ]),
  timeout_s: positive.max(86_400).nullish(),
});
export type CheckSpec = z.output<typeof checkSchema>;

export const limitsSchema = z.strictObject({
  max_iterations: positive.max(1_000).nullish(),
  wall_clock_s: positive.max(30 * 86_400).nullish(),
  cost_usd: z.number().positive().nullish(),
  tokens: positive.nullish(),
  tool_calls: positive.nullish(),
});

const filterSchema = z.strictObject({
  executor_id: idSchema.nullish(),
  capabilities: z.array(capability).max(64).nullish(),
  agent_id: shortText.nullish(),
  a2a_instance_id: shortText.nullish(),
});

const known = z.object({
  mission_id: idSchema,
  objective: longText,
  completion: longText.nullish(),
  long_running: z.boolean().nullish(),
  executor_filter: filterSchema.nullish(),
  a2a_instance_id: shortText.nullish(),
  project: z.strictObject({ id: z.string().min(1).max(4096), name: z.string().max(256).nullish() }).nullish(),
  workspace: workspaceSchema.nullish(),
  agents: z.array(shortText).max(16).nullish(),
  checks: z.array(checkSchema).max(64).nullish(),
  limits: limitsSchema.nullish(),
  priority: z.enum(PRIORITIES).nullish(),
  on_lost: z.enum(ON_LOST).nullish(),
  max_attempts: positive.max(100).nullish(),
  after: z.array(idSchema).max(64).nullish(),
  secrets: z.array(secretName).max(64).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

const KNOWN = new Set(Object.keys(known.shape));
const isExtra = (key: string): boolean => !KNOWN.has(key);
/**
 * The dispatch body. Unknown top-level members move under `metadata` (prior art sends some);
 * `executor_filter.agent_id: x` means `agents: [x]`.
 */
export const dispatchBodySchema = z
  .looseObject(known.shape)
  .transform((body): DispatchBody => {
    const agent = body.executor_filter?.agent_id;
    if (!agent && !Object.keys(body).some(isExtra)) return body;
    const members = Object.entries(body);
    const extra = members.filter(([key]) => isExtra(key));
    return {
      ...(Object.fromEntries(members.filter(([key]) => !isExtra(key))) as DispatchBody),
      ...(extra.length > 0 || body.metadata ? { metadata: { ...Object.fromEntries(extra), ...body.metadata } } : {}),
      ...(agent ? { agents: [agent] } : {}),
    };
  })
  .meta({ id: "DispatchBody" });

/** A dispatch as everything behind the wire sees it. Optional members may also be null. */
export type DispatchBody = z.output<typeof known>;

/** The 202 answer of a dispatch; a replay differs only in `idempotent_replayed`. */
export const dispatchAcceptedSchema = z
  .object({
    mission_id: z.string(),
    session_id: z.string(),
    status: z.enum(["assigned", "queued"]),
    executor_id: z.string().nullable(),
    attempt: z.int(),
    estimated_start: z.string().optional(),
    dispatch_path: z.enum(DISPATCH_PATHS).nullable(),
    idempotent_replayed: z.boolean(),
  })
  .meta({ id: "DispatchAccepted" });
export type DispatchAccepted = z.output<typeof dispatchAcceptedSchema>;
