// One bundle with something of every kind, as artifacts, and facts of an empty disk: what the tests of places and codecs
// render. Must not test anything.
import type { Facts } from "../../src/context/facts.ts";
import type { Agent, Artifact, Behavior, Command, McpServer, PartFile, Rule, Skill } from "../../src/context/model.ts";
import type { ScopeName } from "../../src/context/platform.ts";

const encoder = new TextEncoder();

export function part(path: string, text: string, executable = false): PartFile {
  return { path, bytes: encoder.encode(text), executable };
}

const common = { bundles: ["house"], from: "bundle/file.md", hash: "0", extra: {}, overrides: {} } as const;

export function rule(name: string, rest: Partial<Rule> = {}): Rule {
  return { ...common, kind: "rule", name, description: null, globs: [], always: true, body: `Text of ${name}.\n`, ...rest };
}

export function skill(name: string, rest: Partial<Skill> = {}): Skill {
  const description = `Does ${name}`;
  const files = [part("SKILL.md", `---\nname: ${name}\ndescription: ${description}\n---\n\nSteps of ${name}.\n`)];
  return { ...common, kind: "skill", name, description, body: `Steps of ${name}.\n`, files, ...rest };
}

export function agent(name: string, rest: Partial<Agent> = {}): Agent {
  return { ...common, kind: "agent", name, description: `Plays ${name}`, tools: null, model: null, body: `You are ${name}.\n`, ...rest };
}

export function command(name: string, rest: Partial<Command> = {}): Command {
  return { ...common, kind: "command", name, description: `Runs ${name}`, argumentHint: null, body: `Do ${name}.\n`, ...rest };
}

export function behavior(name: string, rest: Partial<Behavior> = {}): Behavior {
  const files = [part("run.sh", "#!/bin/sh\ncat >/dev/null\n")];
  return { ...common, kind: "behavior", name, description: null, on: ["session.start"], tools: [], run: ["./run.sh"], timeoutS: null, files, ...rest };
}

export function server(name: string, rest: Partial<McpServer> = {}): McpServer {
  return { ...common, kind: "mcp", name, transport: { type: "stdio", command: "npx", args: [], env: {} }, ...rest };
}

/** The bundle, sorted by nothing in particular. */
export const FIXTURE: readonly Artifact[] = [
  rule("style", { body: "# Style\n\nShort sentences.\n" }),
  rule("tests", { description: "How tests are written", globs: ["**/*.test.ts", "test/**"], always: false, body: "One behaviour per test.\n" }),
  rule("release", { description: "Cutting a release: the checklist", always: false, body: "Tag it.\n" }),
  skill("changelog", {
    files: [
      part("SKILL.md", "---\nname: changelog\ndescription: Writes the changelog\nlicense: MIT\n---\n\nRead the commits.\n"),
      part("scripts/collect.sh", "#!/bin/sh\ngit log\n", true),
    ],
    description: "Writes the changelog",
    extra: { license: "MIT" },
    body: "Read the commits.\n",
  }),
  agent("reviewer", {
    description: 'Use for reviews: strict, and "fair"',
    tools: ["Read", "Grep", "Bash(git diff *)", "mcp__tracker__search"],
    model: "reasoning",
    extra: { color: "blue", permissionMode: "plan" },
    body: 'Look for """bugs""" and \\ slips.\n',
  }),
  agent("scribe", { overrides: { opencode: { temperature: 0.2 } } }),
  command("fix-issue", { argumentHint: "[number]", extra: { "allowed-tools": "Bash(gh *)" }, body: "Fix issue $ARGUMENTS.\n" }),
  behavior("format-on-write", { on: ["file.written"], run: ["./format.sh", "it's", "$HOME"], timeoutS: 20, files: [part("format.sh", "#!/bin/sh\nexit 0\n")] }),
  behavior("guard", {
    on: ["tool.before", "tool.after", "file.written", "session.end"],
    tools: ["shell", "mcp"],
    run: ["node", "guard.mjs"],
    files: [part("guard.mjs", "process.exit(0);\n")],
  }),
  server("files", {
    transport: { type: "stdio", command: "npx", args: ["-y", "files-mcp", "${ROOT:-.}"], env: { TOKEN: "${TOKEN}", LEVEL: "info" } },
  }),
  server("tracker", {
    transport: {
      type: "http",
      url: "https://tracker.example/mcp",
      headers: { Authorization: "Bearer ${TRACKER_TOKEN}", "X-Team": "${TEAM}", "X-App": "aiwg" },
    },
  }),
];

/** Facts of a disk without anything of a person's. */
export function emptyFacts(scope: ScopeName = "project"): Facts {
  return {
    persons: new Map(),
    caseInsensitive: false,
    folders: new Set(),
    behaviors: scope === "project" ? ".aiwg/behaviors" : ".local/state/aiwg/behaviors",
    behaviorsShown: scope === "project" ? ".aiwg/behaviors" : "/home/dev/.local/state/aiwg/behaviors",
    moved: [],
  };
}

/** Facts in which a person owns these files. */
export function personOwns(...paths: readonly string[]): Facts {
  return { ...emptyFacts(), persons: new Map(paths.map((path) => [path, { bytes: 100, crlf: false, blank: false, real: `/p/${path}` }])) };
}
