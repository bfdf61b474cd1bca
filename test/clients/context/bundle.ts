// A bundle with one artifact of each kind, each with random canaries in it, and traces that its programs leave. Must not know any client.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const MARKS = ["always", "scoped", "folder", "skill", "skillBody", "agent", "agentBody", "command", "commandBody", "hook", "mcp", "stop"] as const;
export type Mark = (typeof MARKS)[number];
export type Canaries = Readonly<Record<Mark, string>>;

/** Names of the artifacts, by kind. */
export const NAMES = {
  always: "canary-always",
  scoped: "canary-scoped",
  folder: "canary-folder",
  skill: "canary-skill",
  agent: "canary-agent",
  command: "canary-command",
} as const;
export const HOOK = "canary-watch";
export const SERVER = "canary";
/** A folder with a file that makes rules for it load, and what no agent may write or be asked. */
export const FOLDER = "src";
export const MATCHING = `${FOLDER}/matching.ts`;
export const FORBIDDEN = "FORBIDDEN-WORD";

export type CanaryBundle = {
  readonly folder: string;
  readonly canaries: Canaries;
  /** Lines `event platform canary` that the behavior wrote. */
  hooked(): readonly string[];
  /** What the server wrote once it was initialized. */
  served(): string;
  /** Empties both logs. */
  forget(): void;
};

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Writes the bundle below `dir`; its name is `canaries`. */
export function createBundle(dir: string): CanaryBundle {
  const run = randomBytes(4).toString("hex");
  // No canary may be part of another one.
  const of = (mark: Mark): string => `canary-${run}-${mark}-x`;
  const canaries = Object.fromEntries(MARKS.map((mark) => [mark, of(mark)])) as Canaries;
  const folder = join(dir, "canaries");
  const hookLog = join(dir, "hooked.log");
  const mcpLog = join(dir, "served.log");
  const server = join(import.meta.dirname, "mcp-canary.mjs");
  const events = "[session.start, session.end, prompt, tool.before, tool.after, file.written, agent.stop, compact.before]";
  const files: Readonly<Record<string, string>> = {
    [`rules/${NAMES.always}.md`]: `---\ndescription: Always\n---\n\nRule ${canaries.always}.\n`,
    [`rules/${NAMES.scoped}.md`]: `---\ndescription: Scoped\nglobs: ["src/**/*.ts"]\n---\n\nRule ${canaries.scoped}.\n`,
    [`rules/${NAMES.folder}.md`]: `---\ndescription: For a folder\nglobs: ["${FOLDER}/**"]\n---\n\nRule ${canaries.folder}.\n`,
    [`skills/${NAMES.skill}/SKILL.md`]: `---\nname: ${NAMES.skill}\ndescription: "Skill ${canaries.skill}"\n---\n\nBody ${canaries.skillBody}.\n`,
    [`agents/${NAMES.agent}.md`]: `---\nname: ${NAMES.agent}\ndescription: "Agent ${canaries.agent}"\ntools: [Read, Grep]\n---\n\nBody ${canaries.agentBody}.\n`,
    [`commands/${NAMES.command}.md`]: `---\ndescription: "Command ${canaries.command}"\n---\n\nBody ${canaries.commandBody} with ($ARGUMENTS).\n`,
    [`behaviors/${HOOK}/BEHAVIOR.md`]: `---\nname: ${HOOK}\ndescription: Watches\non: ${events}\nrun: ["watch.sh"]\n---\n\nWrites down each event.\n`,
    [`behaviors/${HOOK}/watch.sh`]: `#!/bin/sh
input=$(cat)
echo "$AIWG_EVENT $AIWG_PLATFORM ${canaries.hook}" >> '${hookLog}'
case "$AIWG_EVENT $input" in "tool.before "*${FORBIDDEN}* | "prompt "*${FORBIDDEN}*) echo "${canaries.stop}" >&2; exit 2 ;; esac
exit 0
`,
    "mcp.json": `${JSON.stringify({ mcpServers: { [SERVER]: { command: process.execPath, args: [server, mcpLog, canaries.mcp], env: { CANARY: "as-it-stands" } } } })}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
  return {
    folder,
    canaries,
    hooked: () =>
      read(hookLog)
        .split("\n")
        .filter((line) => line !== ""),
    served: () => read(mcpLog),
    forget() {
      for (const log of [hookLog, mcpLog]) rmSync(log, { force: true });
    },
  };
}
