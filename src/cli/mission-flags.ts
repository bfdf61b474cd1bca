// The flags that describe a mission, shared by `mc dispatch` and `run`, and the body they make. Must not touch the queue.
import { AiwgError } from "../core/errors.ts";
import type { Config } from "../core/node/config.ts";
import { parseDuration } from "../core/time.ts";
import type { NewMission } from "../bridge/queue/queue.ts";
import { ON_LOST, type OnLost, PRIORITIES, type Priority } from "../mission/model.ts";
import type { WorkspaceSpec } from "../mission/wire/dispatch.ts";
import { amount, duration, id, oneOf, repeatedFlag, switchFlag, text, valueFlag, variable, whole, words } from "./flags.ts";

/** What a person may say about a mission, next to its objective. */
export type MissionFlags = {
  readonly completion?: string | undefined;
  readonly check?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly repo?: string | undefined;
  readonly noRepo: boolean;
  readonly base?: string | undefined;
  readonly priority?: Priority | undefined;
  readonly needs?: readonly string[] | undefined;
  readonly executor?: string | undefined;
  readonly maxIterations?: number | undefined;
  readonly wallClock?: number | undefined;
  readonly budgetUsd?: number | undefined;
  readonly onLost?: OnLost | undefined;
  readonly after?: readonly string[] | undefined;
  readonly secret?: readonly string[] | undefined;
  readonly session?: string | undefined;
  readonly requestId?: string | undefined;
  readonly queue?: string | undefined;
};

/** Their definitions for the parser. */
export const MISSION_FLAGS = {
  completion: valueFlag(text, "When it counts as complete, in words for the agent", "TEXT"),
  check: repeatedFlag(text, "Command that must exit 0 in the workspace; repeatable", "CMD"),
  agent: valueFlag(words, "Agents in order of preference", "ID[,ID]"),
  repo: valueFlag(text, "Repository to work on (default: the one around here)", "PATH|URL"),
  noRepo: switchFlag("Work in an empty folder"),
  base: valueFlag(text, "Commit to start from (default: HEAD)", "REF"),
  priority: valueFlag(oneOf(PRIORITIES), PRIORITIES.join(", "), "P"),
  needs: repeatedFlag(text, "Capability the executor must have; repeatable", "CAP"),
  executor: valueFlag(id, "Only this executor", "ID"),
  maxIterations: valueFlag(whole(1, 1_000), "Turns of prompt, agent, checks", "N"),
  wallClock: valueFlag(duration, "Longest time, such as 30m", "DUR"),
  budgetUsd: valueFlag(amount, "Most it may cost", "N"),
  onLost: valueFlag(oneOf(ON_LOST), "If its executor is lost: wait for a person, or run again", "hold|retry"),
  after: repeatedFlag(
    id,
    "Wait until this mission is done, and start from its branch: a known one by id or unique prefix, any other id is one to come; repeatable",
    "ID",
  ),
  secret: repeatedFlag(variable, "Secret of the executor, by name, for agent and checks; repeatable", "NAME"),
  session: valueFlag(text, "Session to queue it in (id, prefix or name; default: the newest active one, or a new one)", "S"),
  requestId: valueFlag(text, "Makes a repeat of this very command print the same mission", "ID"),
  queue: valueFlag(text, "Another queue file", "PATH"),
} as const;

const MAX_WALL_CLOCK_S = 30 * 86_400;

function wallClockS(ms: number): number {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds > MAX_WALL_CLOCK_S) throw new AiwgError("usage", "--wall-clock: at most 30d");
  return seconds;
}

/** The body that flags, config and workspace make; what nobody said is left to the defaults of serve and executor. `flags.after` must be whole ids. */
export function missionBody(objective: string, flags: MissionFlags, config: Config, workspace: WorkspaceSpec | undefined): NewMission["body"] {
  if (objective.trim() === "") throw new AiwgError("usage", "the objective is empty", { hint: "Say what is to be done, in quotes." });
  const { mission = {} } = config;
  const agents = flags.agent ?? mission.agents;
  const wallClock = flags.wallClock ?? (mission.wall_clock === undefined ? undefined : parseDuration(mission.wall_clock, "mission.wall_clock"));
  const limits = {
    max_iterations: flags.maxIterations ?? mission.max_iterations,
    wall_clock_s: wallClock === undefined ? undefined : wallClockS(wallClock),
    cost_usd: flags.budgetUsd,
  };
  const filter = { executor_id: flags.executor, capabilities: flags.needs && flags.needs.length > 0 ? [...flags.needs] : undefined };
  const given = (part: object): boolean => Object.values(part).some((value) => value !== undefined);
  return {
    objective,
    ...(flags.completion === undefined ? {} : { completion: flags.completion }),
    ...(workspace ? { workspace } : {}),
    ...(agents ? { agents: [...agents] } : {}),
    ...(flags.check && flags.check.length > 0 ? { checks: flags.check.map((run) => ({ run })) } : {}),
    ...(given(limits) ? { limits } : {}),
    ...(given(filter) ? { executor_filter: filter } : {}),
    ...(flags.priority ? { priority: flags.priority } : {}),
    ...(flags.onLost ? { on_lost: flags.onLost } : {}),
    ...(flags.after && flags.after.length > 0 ? { after: [...new Set(flags.after)] } : {}),
    ...(flags.secret && flags.secret.length > 0 ? { secrets: [...new Set(flags.secret)] } : {}),
  };
}
