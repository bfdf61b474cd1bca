// The fixed matrix of what must be seen of each place with each client, and how each proof is judged. Must not know how a client runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Lock } from "../../../src/context/output.ts";
import type { Target } from "../../../src/context/platform.ts";
import { type Canaries, FOLDER, HOOK, type Mark, NAMES, SERVER } from "./bundle.ts";
import { EVENTS } from "./client.ts";
import { CLIENT_IDS, type ClientId, rowOf } from "./clients/table.ts";
import type { Observation } from "./observe.ts";

const cellSchema = z.strictObject({
  scope: z.enum(["project", "user"]),
  kind: z.enum(["rule", "skill", "agent", "command", "behavior", "mcp"]),
  case: z.enum(["always", "scoped", "folder", "listed", "body", "tools", "events", "blocks", "blocks-prompt", "stdio"]),
  /** As the platform's row has it. */
  path: z.string(),
  proof: z.enum(["request", "after-read", "invoked", "called", "pointed", "limited", "expanded", "hook-fired", "tool-stopped", "prompt-stopped", "connected"]),
});
export type Cell = z.output<typeof cellSchema> & { readonly client: ClientId };

const cellsOf = (client: ClientId): readonly Cell[] => {
  const cells = z.array(cellSchema).parse(JSON.parse(readFileSync(join(import.meta.dirname, "cells", `${client}.json`), "utf8")));
  return cells.map((cell) => ({ client, ...cell }));
};
export const CELLS: readonly Cell[] = CLIENT_IDS.flatMap(cellsOf);

export const cellText = ({ client, scope, kind, case: what, path, proof }: Cell): string => `${client} ${scope} ${kind} ${what} in ${path}: ${proof}`;

/** Name of the artifact that the cell is about. */
export function nameOf({ kind, case: what }: Cell): string {
  if (kind === "behavior") return HOOK;
  if (kind === "mcp") return SERVER;
  if (kind !== "rule") return NAMES[kind];
  return NAMES[what === "scoped" || what === "folder" ? what : "always"];
}

const pathOf = (cell: Cell): string => cell.path.replaceAll("{name}", nameOf(cell)).replaceAll("{folder}", FOLDER);
const fileOf = (cell: Cell): string => `${pathOf(cell)}${cell.kind === "skill" ? "/SKILL.md" : ""}`;

/** The platforms that were given the cell's artifact in the cell's place, by the lock. */
function servedPlatforms(cell: Cell, lock: Lock): readonly string[] {
  const path = pathOf(cell);
  const id = `${cell.kind}/${nameOf(cell)}`;
  return lock.outputs
    .filter((output) => output.path === path || output.path.startsWith(`${path}/`))
    .flatMap(({ owners }) => owners.flatMap(([platform, , artifact]) => (artifact === id ? platform : [])));
}

/** True if the lock says that this platform was given the cell's artifact in the cell's place. */
export const isServed = (cell: Cell, lock: Lock): boolean => servedPlatforms(cell, lock).includes(cell.client);

/** True if the cell is about this target of its client's row, with this rule's case. */
export function isAbout(cell: Cell, target: Target): boolean {
  return cell.path === target.path && (cell.kind !== "rule" || target.only === undefined || target.only === cell.case);
}

const LISTED: Readonly<Record<Cell["kind"], Mark>> = { rule: "always", skill: "skill", agent: "agent", command: "command", behavior: "hook", mcp: "mcp" };
const BODY: Readonly<Record<string, Mark>> = { skill: "skillBody", agent: "agentBody", command: "commandBody" };
/** Each turn of a client is a session with one prompt that stops once. */
const ONCE: ReadonlySet<string> = new Set(["session.start", "session.end", "prompt", "agent.stop"]);
const CHANGES = /write|edit|create|patch|bash|exec|shell|command/i;

const count = (text: string, word: string): number => text.split(word).length - 1;

/** True if the working turn alone can show it. */
export const isShownAtOnce = ({ kind, proof }: Cell): boolean =>
  kind !== "command" && proof !== "called" && proof !== "hook-fired" && proof !== "prompt-stopped";

/** True if the lock says that the rule stands in a text that is always loaded, for a client that cannot scope. */
const isAlwaysLoaded = (cell: Cell, lock: Lock): boolean =>
  lock.outputs.some(({ at, owners }) => at?.startsWith("block:") === true && owners.some(([, , artifact]) => artifact === `${cell.kind}/${nameOf(cell)}`));

/** True if the cell's proof is there. */
export function isProven(cell: Cell, seen: Observation, canaries: Canaries, lock: Lock): boolean {
  const listed = canaries[cell.case === "scoped" || cell.case === "folder" ? cell.case : LISTED[cell.kind]];
  const body = canaries[BODY[cell.kind] ?? LISTED[cell.kind]];
  const file = `/${fileOf(cell)}`;
  const agents = seen.inner.filter((asked) => asked.body.includes(body));
  const hooked = servedPlatforms(cell, lock).map((platform) => `${platform} ${canaries.hook}`);
  const fired = (lines: readonly string[], event: string): number => lines.filter((line) => hooked.some((rest) => line === `${event} ${rest}`)).length;
  switch (cell.proof) {
    case "request":
      return seen.first.includes(listed);
    case "after-read":
      // Beside a text for others it comes once more.
      return count(seen.last, listed) > count(seen.first, listed) && (isAlwaysLoaded(cell, lock) || !seen.first.includes(listed));
    case "invoked":
      return cell.kind === "agent" ? agents.length > 0 : !seen.first.includes(body) && `${seen.last}${seen.second}`.includes(body);
    case "called":
      return !seen.first.includes(body) && seen.second.includes(body);
    case "pointed":
      // The model is told which file it is to read; of a command, only once a person calls it.
      return cell.kind === "command" ? !seen.first.includes(file) && seen.second.includes(file) : seen.first.includes(file);
    case "limited":
      return agents.length > 0 && agents.every(({ tools }) => tools.length > 0 && !tools.some((tool) => CHANGES.test(tool)));
    case "expanded":
      return seen.second.includes(`${body} with (GIVEN)`);
    case "hook-fired": {
      const { events = EVENTS } = rowOf(cell.client);
      const isTold = (line: string): boolean => hooked.some((rest) => line.endsWith(` ${rest}`));
      // Nothing may fire twice, or for a platform that is not served there.
      return seen.hooks.every(isTold) && events.every((event) => fired(seen.hooks, event) > 0 && (!ONCE.has(event) || fired(seen.secondHooks, event) === 1));
    }
    case "tool-stopped":
      return seen.written && !seen.forbiddenWritten;
    case "prompt-stopped":
      return seen.promptStopped;
    case "connected":
      return seen.served.includes(`initialized ${canaries.mcp} as-it-stands`);
  }
}
