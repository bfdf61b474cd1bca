// The format in which missions leave one queue and enter another: JSON lines, the first one naming it. Pure; must not query.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { parseJson, parseWith } from "../../core/json.ts";
import { MISSION_STATES, SESSION_STATES, type SessionState } from "../../mission/model.ts";
import { idSchema } from "../../mission/wire/dispatch.ts";
import { resultSchema, type MissionResult } from "../../mission/wire/http.ts";
import type { NewMission, QueueState } from "./queue.ts";

/** The first line of an export. */
export const EXPORT_HEADER = { kind: "aiwg.queue", version: 1 } as const;

export type TransferSession = {
  readonly id: string;
  readonly name: string | null;
  readonly state: SessionState;
  /** Null: it says none. */
  readonly created_at: number | null;
  /** What else it said. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
};
export type TransferMission = {
  readonly body: NewMission["body"] & { readonly mission_id: string };
  readonly session_id: string;
  readonly state: QueueState;
  readonly reason: string;
  /** Why it is held; null: it is not. */
  readonly held: string | null;
  readonly result: MissionResult | null;
  readonly attempt: number;
  readonly executor_id: string | null;
  readonly request_id: string | null;
  /** Of the arguments that the request id stands for; null: nobody knows them. */
  readonly request_hash: string | null;
  readonly retry_of: string | null;
  /** The body as it was queued, where a change of priority has written another. */
  readonly original: Readonly<Record<string, unknown>> | null;
  /** Null: it says none. */
  readonly created_at: number | null;
  readonly updated_at: number | null;
};
export type Transfer = { readonly sessions: readonly TransferSession[]; readonly missions: readonly TransferMission[]; readonly notes: readonly string[] };

const time = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) context.addIssue({ code: "custom", message: "is not a time" });
  return ms;
});
const sessionLine = z.looseObject({
  kind: z.literal("session"),
  id: idSchema,
  name: z.string().max(128).nullable(),
  state: z.enum(SESSION_STATES),
  created_at: time.nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
const missionLine = z.looseObject({
  kind: z.literal("mission"),
  session_id: idSchema,
  state: z.enum(["pending", "sent", ...MISSION_STATES]),
  reason: z.string(),
  held: z.string().nullish(),
  result: resultSchema.nullish(),
  attempt: z.int().nonnegative().nullish(),
  executor_id: idSchema.nullish(),
  request_id: z.string().min(1).max(256).nullish(),
  request_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullish(),
  retry_of: idSchema.nullish(),
  original: z.record(z.string(), z.unknown()).nullish(),
  created_at: time.nullish(),
  updated_at: time.nullish(),
  // Its other members are judged as those of any mission that is queued.
  body: z.looseObject({ mission_id: idSchema, objective: z.string() }),
});

/** A session and its missions as lines of an export. */
export const sessionText = (session: Omit<z.input<typeof sessionLine>, "kind">): string => JSON.stringify({ kind: "session", ...session });
/** The same for a mission. */
export const missionText = (mission: Omit<z.input<typeof missionLine>, "kind" | "body"> & { readonly body: unknown }): string =>
  JSON.stringify({ kind: "mission", ...mission });

/** Reads an export. Throws invalid_request, naming the line. */
export function readExport(text: string): Transfer {
  const sessions: TransferSession[] = [];
  const missions: TransferMission[] = [];
  for (const [n, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = parseJson(line)?.value as { readonly kind?: unknown; readonly version?: unknown } | null | undefined;
    const what = `line ${n + 1}`;
    if (value?.kind === EXPORT_HEADER.kind) {
      if (value.version !== EXPORT_HEADER.version)
        throw new AiwgError("invalid_request", `${what}: an export of version ${String(value.version)} is not known`);
    } else if (value?.kind === "session") {
      const { id, name, state, created_at, metadata } = parseWith(sessionLine, value, what);
      sessions.push({ id, name, state, created_at: created_at ?? null, metadata: metadata ?? null });
    } else if (value?.kind === undefined) {
      throw new AiwgError("invalid_request", `${what} is no line of an export, and the whole is no session.json`, {
        hint: "Lines that describe new missions are for aiwg mc dispatch --from.",
      });
    } else {
      const { body: _, session_id, state, reason, held, result, attempt, executor_id, ...rest } = parseWith(missionLine, value, what);
      // As it stands there, to the order of its members: a check may not move what it only looks at.
      const { body } = value as { readonly body: TransferMission["body"] };
      missions.push({
        ...{ body, session_id, state, reason, held: held ?? null, result: result ?? null, attempt: attempt ?? 0, executor_id: executor_id ?? null },
        ...{ request_id: rest.request_id ?? null, request_hash: rest.request_hash ?? null, retry_of: rest.retry_of ?? null, original: rest.original ?? null },
        ...{ created_at: rest.created_at ?? null, updated_at: rest.updated_at ?? null },
      });
    }
  }
  return { sessions, missions, notes: [] };
}
