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
  readonly created_at: number;
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
  readonly request_id: string | null;
  readonly created_at: number;
  readonly updated_at: number;
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
  created_at: time,
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
const missionLine = z.looseObject({
  kind: z.literal("mission"),
  session_id: idSchema,
  state: z.enum(["pending", "sent", ...MISSION_STATES]),
  reason: z.string(),
  held: z.string().nullish(),
  result: resultSchema.nullish(),
  request_id: z.string().min(1).max(256).nullish(),
  created_at: time,
  updated_at: time,
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
      sessions.push({ id, name, state, created_at, metadata: metadata ?? null });
    } else {
      const { body, session_id, state, reason, held, result, request_id, created_at, updated_at } = parseWith(missionLine, value, what);
      missions.push({ body, session_id, state, reason, held: held ?? null, result: result ?? null, request_id: request_id ?? null, created_at, updated_at });
    }
  }
  return { sessions, missions, notes: [] };
}
