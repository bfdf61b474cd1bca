// Missions read from serve without a schema library, for the one command that reads a thousand and is asked for all the time.
// Looks at every member that its reader uses; must not be used for what is kept.
import { parseJson } from "../core/json.ts";
import { MISSION_STATES } from "../mission/model.ts";
import type { Mission, MissionPage, MissionsQuery } from "./api.ts";
import { type CallInput, type Connection, callRaw } from "./call.ts";
import { foreignAnswer } from "./errors.ts";

const TEXTS = ["mission_id", "session_id", "objective", "reason", "priority", "created_at", "updated_at"] as const;
const STATES: ReadonlySet<unknown> = new Set(MISSION_STATES);

type Value = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Value => typeof value === "object" && value !== null;
const isResult = (value: unknown): boolean =>
  isObject(value) &&
  Array.isArray(value["checks"]) &&
  value["checks"].every(isObject) &&
  (value["verified"] === null || typeof value["verified"] === "boolean");

function isMission(value: unknown): value is Mission {
  return (
    isObject(value) &&
    TEXTS.every((member) => typeof value[member] === "string") &&
    STATES.has(value["state"]) &&
    Number.isSafeInteger(value["seq"]) &&
    Number.isSafeInteger(value["attempt"]) &&
    typeof value["abort_requested"] === "boolean" &&
    (value["executor_id"] === null || typeof value["executor_id"] === "string") &&
    (value["result"] === undefined || isResult(value["result"]))
  );
}

function isPage(value: unknown): value is MissionPage {
  const next = isObject(value) ? value["next_cursor"] : undefined;
  return isObject(value) && Array.isArray(value["missions"]) && value["missions"].every(isMission) && (next === null || typeof next === "string");
}

async function read<T>(connection: Connection, is: (value: unknown) => value is T, input: Pick<CallInput, "path" | "query">): Promise<T> {
  const answer = await callRaw(connection, { method: "GET", ...input });
  const value = parseJson(answer.text)?.value;
  if (!is(value)) throw foreignAnswer(connection.base, answer.status, "but not with what was asked for");
  return value;
}

/** One page; `next_cursor` asks for the next. Rejects as every call of the client does. */
export function readMissionPage(connection: Connection, query: MissionsQuery): Promise<MissionPage> {
  return read(connection, isPage, { path: ["missions"], query });
}

/** One mission. Rejects with not_found where serve does not know it. */
export function readMission(connection: Connection, id: string): Promise<Mission> {
  return read(connection, isMission, { path: ["missions", id] });
}
