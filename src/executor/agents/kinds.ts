// The table of agents: kinds and their protocols, the built-in rows, and which can be started here. Must not start any.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { entryPath } from "../../core/node/entry.ts";
import type { AgentKind, AgentProtocol, AgentRow } from "./agent.ts";
import { claudeAgent } from "./claude.ts";
import { commandAgent } from "./command.ts";
import { fakeAgent } from "./fake.ts";

/** How to talk to each kind. */
export const PROTOCOLS: Readonly<Record<AgentKind, AgentProtocol>> = { command: commandAgent, cli: claudeAgent, fake: fakeAgent };

/** The rows an executor offers, in its order of preference: claude, what the user configured (a row of that name wins), fake. */
export function agentRows(configured: Readonly<Record<string, AgentRow>> = {}): Record<string, AgentRow> {
  const claude: AgentRow = { kind: "cli", command: ["claude"] };
  const fake: AgentRow = { kind: "fake", command: [process.execPath, entryPath("fake-agent")] };
  const { fake: ownFake = fake, ...others } = configured;
  return { claude, ...others, fake: ownFake };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The program of a row as an absolute path, or undefined if it is not there. `path` is the PATH of its environment. */
export function findProgram(row: AgentRow, path: string): string | undefined {
  const program = row.command[0];
  if (program === undefined || program === "") return undefined;
  if (program.includes("/")) return isAbsolute(program) && isProgram(program) ? program : undefined;
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, program))
    .find(isProgram);
}
