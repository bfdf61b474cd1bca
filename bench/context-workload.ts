// The same context in the source form of each tool: 60 agents, 120 skills with 2 more files, 60 commands, 40 rules, 39 of
// them scoped. Must not know what the tools make of it.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How many of each there are; `part` of 1 is the whole workload. */
export type Amounts = { readonly agents: number; readonly skills: number; readonly commands: number; readonly rules: number };

export const FULL: Amounts = { agents: 60, skills: 120, commands: 60, rules: 40 };
export const TINY: Amounts = { agents: 3, skills: 4, commands: 3, rules: 4 };

const PARAGRAPH = "Prefer small functions with one purpose; name them for what they give, and let their types say what may be absent. ".repeat(4);
const prose = (seed: number, paragraphs: number): string =>
  Array.from({ length: paragraphs }, (_, i) => `## Part ${i + 1} of ${seed}\n\n${PARAGRAPH}\n\n- first point ${seed}.${i}\n- second point\n`).join("\n");

const write = (folder: string, path: string, text: string): void => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const nameOf = (kind: string, i: number): string => `${kind}-${String(i).padStart(3, "0")}`;
const front = (fields: Readonly<Record<string, string>>): string =>
  `---\n${Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("")}---\n\n`;

/** One way of writing the workload down; `rule` gets its globs, `undefined` for the one that is always loaded. */
type Form = {
  readonly rule?: (name: string, globs: string | undefined, body: string) => readonly [path: string, text: string];
  readonly agent?: (name: string, description: string, body: string) => readonly [path: string, text: string];
  readonly command?: (name: string, description: string, body: string) => readonly [path: string, text: string];
  readonly skills: string;
  readonly files: Readonly<Record<string, string>>;
};

export const FORMS = {
  aiwg: {
    rule: (name, globs, body) => [`rules/${name}.md`, globs === undefined ? body : front({ description: `"${name}"`, globs: `["${globs}"]` }) + body],
    agent: (name, description, body) => [`agents/${name}.md`, front({ name, description: `"${description}"` }) + body],
    command: (name, description, body) => [`commands/${name}.md`, front({ description: `"${description}"` }) + body],
    skills: "skills",
    files: {},
  },
  rulesync: {
    rule: (name, globs, body) => [
      `.rulesync/rules/${name}.md`,
      front({ root: String(globs === undefined), targets: '["*"]', description: `"${name}"`, globs: `["${globs ?? "**/*"}"]` }) + body,
    ],
    agent: (name, description, body) => [`.rulesync/subagents/${name}.md`, front({ name, targets: '["*"]', description: `"${description}"` }) + body],
    command: (name, description, body) => [`.rulesync/commands/${name}.md`, front({ targets: '["*"]', description: `"${description}"` }) + body],
    skills: ".rulesync/skills",
    files: {
      "rulesync.jsonc": `{ "targets": ["claudecode", "codexcli", "copilot", "opencode"], "features": ["rules", "commands", "subagents", "skills"], "outputRoots": ["."] }\n`,
    },
  },
  ruler: {
    rule: (name, _globs, body) => [`.ruler/${name}.md`, body],
    agent: (name, description, body) => [`.ruler/agents/${name}.md`, front({ name, description: `"${description}"` }) + body],
    skills: ".ruler/skills",
    files: { ".ruler/ruler.toml": "[agents]\nenabled = true\n" },
  },
  skills: { skills: "skills", files: {} },
} as const satisfies Readonly<Record<string, Form>>;

/** Writes the workload into `folder` as a tool wants it. */
export function writeWorkload(folder: string, tool: keyof typeof FORMS, amounts: Amounts): void {
  const form: Form = FORMS[tool];
  const put = ([path, text]: readonly [string, string]): void => write(folder, path, text);
  for (const [path, text] of Object.entries(form.files)) write(folder, path, text);
  for (let i = 0; form.rule && i < amounts.rules; i++) put(form.rule(nameOf("rule", i), i === 0 ? undefined : `src/part${i}/**/*.ts`, prose(i, 1)));
  for (let i = 0; form.agent && i < amounts.agents; i++) put(form.agent(nameOf("agent", i), `Reviews part ${i} of the code`, prose(i, 12)));
  for (let i = 0; form.command && i < amounts.commands; i++) put(form.command(nameOf("command", i), `Does step ${i}`, prose(i, 4)));
  for (let i = 0; i < amounts.skills; i++) {
    const name = nameOf("skill", i);
    const base = `${form.skills}/${name}`;
    write(folder, `${base}/SKILL.md`, front({ name, description: `"How to do task ${i}, step by step"` }) + prose(i, 16));
    write(folder, `${base}/references/guide.md`, prose(i, 20));
    write(folder, `${base}/scripts/run.sh`, `#!/bin/sh\necho ${name}\n`);
    chmodSync(join(folder, base, "scripts/run.sh"), 0o755);
  }
}
