// Prior art's session.json, all fields, as sessions and missions of ours: what has a place here takes it, the rest is kept
// under metadata. Pure; must not query.
import { z } from "zod";
import { parseWith } from "../../core/json.ts";
import { oneLine } from "../../core/text.ts";
import { isTerminal, PRIORITIES, readState, SESSION_STATES } from "../../mission/model.ts";
import { idSchema, limitsSchema } from "../../mission/wire/dispatch.ts";
import type { MissionResult } from "../../mission/wire/http.ts";
import type { Transfer, TransferMission, TransferSession } from "./transfer.ts";

const missionSchema = z.looseObject({ id: idSchema, objective: z.string(), completion: z.string().nullish(), status: z.string() });
const sessionSchema = z.looseObject({ id: idSchema, missions: z.array(missionSchema) });
type OldMission = z.output<typeof missionSchema>;
type Fields = Readonly<Record<string, unknown>>;
/** Characters shown of a status that is none of ours. */
const SHOWN = 40;

/** True for a value that looks like a session.json. */
export function isSessionFile(value: unknown): boolean {
  return typeof value === "object" && value !== null && "missions" in value && Array.isArray(value.missions);
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const when = (...values: readonly unknown[]): number | null => values.map((value) => Date.parse(text(value) ?? "")).find((ms) => !Number.isNaN(ms)) ?? null;

// Old name → ours; a value that the contract does not allow stays under metadata.
const LIMITS: readonly (readonly [string, keyof z.output<typeof limitsSchema>, number])[] = [
  ["maxIterations", "max_iterations", 1],
  ["maxTotalTokens", "tokens", 1],
  ["maxToolCalls", "tool_calls", 1],
  ["maxTotalCost", "cost_usd", 1],
  ["maxWallClockMinutes", "wall_clock_s", 60],
];

function resultOf(old: Fields): MissionResult {
  const code = old["exitCode"];
  const exit_code = typeof code === "number" && Number.isInteger(code) ? code : null;
  return { verified: null, checks: [], exit_code, summary: text(old["summary"]) ?? null, tokens_total: null, cost_usd: null, branch: null, commit: null };
}

function reasonOf(old: Fields): string {
  const failure = [text(old["failureReason"]), text(old["failureMessage"])].filter((part) => part !== undefined).join(": ");
  return failure || (text(old["error"]) ?? text(old["abortReason"]) ?? text(old["summary"]) ?? "");
}

// Members that have a place in a dispatch body, and the names that they no longer need.
function bodyOf(old: OldMission): TransferMission["body"] {
  const fields: Fields = old;
  const used = new Set(["id", "objective", "completion", "metadata"]);
  const take = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const parsed = schema.safeParse(fields[name]);
    if (parsed.success) used.add(name);
    return parsed.data;
  };
  const limits: Record<string, number> = {};
  for (const [from, to, factor] of LIMITS) {
    const value = fields[from];
    if (typeof value !== "number" || !limitsSchema.safeParse({ [to]: value * factor }).success) continue;
    limits[to] = value * factor;
    used.add(from);
  }
  const priority = take("priority", z.enum(PRIORITIES));
  const long_running = take("longRunning", z.boolean());
  const executor_id = take("targetExecutorId", idSchema);
  const agent_id = take("targetAgentId", z.string().min(1).max(256));
  const capabilities = take("requiredCapabilities", z.array(z.string().min(1).max(256)).max(64));
  const filter = { ...(executor_id ? { executor_id } : {}), ...(agent_id ? { agent_id } : {}), ...(capabilities?.length ? { capabilities } : {}) };
  const given = z.record(z.string(), z.unknown()).safeParse(fields["metadata"]);
  const metadata = { ...Object.fromEntries(Object.entries(fields).filter(([name]) => !used.has(name))), ...given.data };
  return {
    mission_id: old.id,
    objective: old.objective,
    ...(old.completion ? { completion: old.completion } : {}),
    ...(priority ? { priority } : {}),
    ...(long_running === undefined ? {} : { long_running }),
    ...(Object.keys(filter).length > 0 ? { executor_filter: filter } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    metadata,
  };
}

/** Reads one session.json. Throws invalid_request, naming the place. */
export function readSessionFile(value: unknown): Transfer {
  const file = parseWith(sessionSchema, value, "the session file");
  const { id, name, state, createdAt, updatedAt, missions: olds, ...rest } = file;
  const notes: string[] = [];
  const keys = z.record(z.string(), z.looseObject({ action: z.string(), target: z.string() })).safeParse(rest["mutationKeys"]);
  const requestOf = new Map(Object.entries(keys.data ?? {}).flatMap(([key, { action, target }]) => (action === "dispatch" ? [[target, key] as const] : [])));
  const dates = olds.map((old: Fields) => when(old["dispatchedAt"], old["startedAt"], old["completedAt"], old["failedAt"], old["abortedAt"]));
  const earliest = dates.filter((ms) => ms !== null).toSorted((a, b) => a - b)[0];
  const session: TransferSession = {
    id,
    name: text(name) ?? null,
    state: SESSION_STATES.find((one) => one === state) ?? "active",
    created_at: when(createdAt, updatedAt) ?? earliest ?? null,
    metadata: { ...rest, ...(updatedAt === undefined ? {} : { updatedAt }) },
  };
  const missions = olds.map((old): TransferMission => {
    const known = readState(old.status);
    const pending = known === "queued" || old.status === "pending";
    const unknown = pending || known !== undefined ? undefined : `"${oneLine(old.status, SHOWN)}"`;
    if (unknown) notes.push(`mission ${old.id}: its status ${unknown} is not known here`);
    const fields: Fields = old;
    const reason = reasonOf(fields);
    return {
      body: bodyOf(old),
      session_id: id,
      state: pending ? "pending" : (known ?? "suspended"),
      reason: reason || (known !== undefined && isTerminal(known) ? `imported, ended as ${known} elsewhere` : ""),
      held: unknown ? `imported, was ${unknown} elsewhere${reason && `: ${reason}`}; resume it to send it` : null,
      result: known === "done" || known === "failed" ? resultOf(fields) : null,
      ...{ attempt: 0, executor_id: null, request_id: requestOf.get(old.id) ?? null, request_hash: null, retry_of: null, original: null },
      created_at: when(createdAt, fields["dispatchedAt"], fields["startedAt"]),
      updated_at: when(fields["completedAt"], fields["failedAt"], fields["abortedAt"], fields["startedAt"], fields["dispatchedAt"], updatedAt, createdAt),
    };
  });
  return { sessions: [session], missions, notes };
}
