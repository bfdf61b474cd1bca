// Examines what aiwg stands on: Node, git, and the agents that an executor could start. Must not start an agent's work.
import { execFile } from "node:child_process";
import { AiwgError, messageOf } from "../../core/errors.ts";
import { requireSafeSqlite } from "../../core/node/sqlite.ts";
import { oneLine } from "../../core/text.ts";
import type { AgentRow } from "../../executor/agents/agent.ts";
import { findProgram } from "../../executor/agents/kinds.ts";
import { agentEnvironment } from "../../executor/environment.ts";
import type { Cli } from "../command.ts";
import { chosenAgents } from "../rooms.ts";
import type { Examination, Finding } from "./finding.ts";

const ANSWER_WITHIN_MS = 10_000;
// rev-parse --path-format is the youngest thing that we ask of git.
const LEAST_GIT = [2, 31] as const;

function ask(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout: ANSWER_WITHIN_MS, maxBuffer: 64 * 1024 }, (error, stdout) => {
      if (error) reject(new AiwgError("usage", oneLine(messageOf(error), 200)));
      else resolve(oneLine(stdout, 80));
    });
  });
}

function node(): Finding {
  const what = `Node ${process.version}, SQLite ${process.versions["sqlite"] ?? "none"}`;
  try {
    requireSafeSqlite();
    return { id: "node", status: "ok", message: what };
  } catch (error) {
    return { id: "node", status: "fail", message: messageOf(error), hint: "Install Node.js 24.15 or newer." };
  }
}

async function git(cli: Cli): Promise<Finding> {
  try {
    const said = await ask("git", ["--version"], agentEnvironment(cli.env, "command"));
    const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(said) ?? [];
    const isOld = Number(major) < LEAST_GIT[0] || (Number(major) === LEAST_GIT[0] && Number(minor) < LEAST_GIT[1]);
    return isOld
      ? { id: "git", status: "fail", message: `${said}; ${LEAST_GIT.join(".")} or newer is needed`, hint: "Install a newer git." }
      : { id: "git", status: "ok", message: said };
  } catch (error) {
    return { id: "git", status: "fail", message: `git does not run: ${messageOf(error)}`, hint: "Install git; missions work in clones." };
  }
}

async function agent(cli: Cli, name: string, row: AgentRow, isConfigured: boolean): Promise<Finding> {
  const id = `agent.${name}`;
  const env = agentEnvironment(cli.env, row.kind, row.env);
  const program = findProgram(row, env["PATH"] ?? "");
  if (program === undefined) {
    const message = `${oneLine(row.command[0] ?? "", 80)} is not ${row.command[0]?.includes("/") ? "a program that may be started" : "on PATH"}`;
    return isConfigured
      ? { id, status: "fail", message, hint: `Install it, or correct "agents" in ${cli.places.userConfig}.` }
      : { id, status: "warn", message, hint: "Install Claude Code to use it: npm i -g @anthropic-ai/claude-code." };
  }
  // Only of known programs do we know that --version does no more than that.
  if (row.kind !== "cli") return { id, status: "ok", message: row.kind === "fake" ? "scripted, built in" : program };
  try {
    return { id, status: "ok", message: `${await ask(program, ["--version"], env)}  ${program}` };
  } catch (error) {
    return { id, status: "fail", message: `${program} --version: ${messageOf(error)}`, hint: "Run it by hand to see what it says." };
  }
}

/** Node, git, and each agent with its version. */
export const programs: Examination = {
  id: "programs",
  async examine(cli) {
    const config = await cli.config();
    const rows = Object.entries(chosenAgents(config, undefined));
    const found = await Promise.all(rows.map(([id, row]) => agent(cli, id, row, Object.hasOwn(config.agents ?? {}, id))));
    const real = found.filter(({ id, status }) => id !== "agent.fake" && status === "ok");
    const none: Finding = {
      id: "agents",
      status: "warn",
      message: "no agent but the scripted one can be started",
      hint: "Missions for others wait until one is there.",
    };
    return [node(), await git(cli), ...found, ...(real.length === 0 ? [none] : [])];
  },
};
