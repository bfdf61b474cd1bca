// Every arrangement of folders that is understood, as tables: how it is known, and which files mean which artifacts.
// Must not read anything.
import type { Kind } from "../model.ts";

/** Whose words a file uses, where they mean something else than ours (dialects.ts). */
export type Dialect = "copilot" | "rulesync";

/** Files of one kind; the last `*` in the pattern is the artifact's name, one before it a category. Without any, the name is the bundle's. */
export type Reading = { readonly kind: Kind; readonly pattern: string; readonly dialect?: Dialect };

export type LayoutId = "bundle" | "plugin" | "marketplace" | "copilot" | "categories" | "rulesync" | "skills" | "skill" | "repository" | "instructions";

/** A layout. It is taken for a folder in which one of `marks` is found; `only: "first"`: what the first reading that finds something gives. */
export type Layout = {
  readonly id: LayoutId;
  readonly marks: readonly string[];
  readonly reads: readonly Reading[];
  readonly only?: "first";
};

const OWN: readonly Reading[] = [
  { kind: "rule", pattern: "rules/*.md" },
  { kind: "skill", pattern: "skills/*/SKILL.md" },
  { kind: "agent", pattern: "agents/*.md" },
  { kind: "agent", pattern: "agents/*/*.md" },
  { kind: "command", pattern: "commands/*.md" },
  { kind: "behavior", pattern: "behaviors/*/BEHAVIOR.md" },
  { kind: "mcp", pattern: "mcp.json" },
];

/** A Claude Code plugin's folder. */
export const PLUGIN: readonly Reading[] = [
  { kind: "skill", pattern: "skills/*/SKILL.md" },
  { kind: "agent", pattern: "agents/*.md" },
  { kind: "command", pattern: "commands/*.md" },
  { kind: "mcp", pattern: ".mcp.json" },
];

const copilot = (folder: string): readonly Reading[] => [
  { kind: "rule", pattern: `${folder}instructions/*.instructions.md`, dialect: "copilot" },
  { kind: "agent", pattern: `${folder}agents/*.agent.md`, dialect: "copilot" },
  { kind: "agent", pattern: `${folder}chatmodes/*.chatmode.md`, dialect: "copilot" },
  { kind: "command", pattern: `${folder}prompts/*.prompt.md`, dialect: "copilot" },
];

/** What people write for Copilot, gathered in one repository. */
const COPILOT = copilot("");
/** The same in the place where Copilot reads it. */
const GITHUB = copilot(".github/");

const RULESYNC: readonly Reading[] = [
  { kind: "rule", pattern: ".rulesync/rules/*.md", dialect: "rulesync" },
  { kind: "skill", pattern: ".rulesync/skills/*/SKILL.md", dialect: "rulesync" },
  { kind: "agent", pattern: ".rulesync/subagents/*.md", dialect: "rulesync" },
  { kind: "command", pattern: ".rulesync/commands/*.md", dialect: "rulesync" },
  { kind: "mcp", pattern: ".rulesync/mcp.jsonc" },
  { kind: "mcp", pattern: ".rulesync/mcp.json" },
];

const marksOf = (reads: readonly Reading[]): readonly string[] => reads.map(({ pattern }) => pattern);

export const MANIFEST = { bundle: "bundle.jsonc", plugin: ".claude-plugin/plugin.json", marketplace: ".claude-plugin/marketplace.json" } as const;

/** In the order in which they are tried. */
export const LAYOUTS: readonly Layout[] = [
  { id: "bundle", marks: [MANIFEST.bundle], reads: OWN },
  { id: "marketplace", marks: [MANIFEST.marketplace], reads: PLUGIN },
  { id: "plugin", marks: [MANIFEST.plugin], reads: PLUGIN },
  // Before ours, since `agents/x.agent.md` would be an agent called x.agent.
  { id: "copilot", marks: marksOf(COPILOT), reads: [{ kind: "skill", pattern: "skills/*/SKILL.md" }, ...COPILOT] },
  { id: "bundle", marks: marksOf(OWN), reads: OWN },
  { id: "categories", marks: ["categories/*/*.md"], reads: [{ kind: "agent", pattern: "categories/*/*.md" }] },
  { id: "rulesync", marks: marksOf(RULESYNC), reads: RULESYNC },
  { id: "skills", marks: ["*/SKILL.md"], reads: [{ kind: "skill", pattern: "*/SKILL.md" }] },
  { id: "skill", marks: ["SKILL.md"], reads: [{ kind: "skill", pattern: "SKILL.md" }] },
  {
    id: "repository",
    marks: marksOf(GITHUB),
    reads: [{ kind: "rule", pattern: ".github/copilot-instructions.md" }, { kind: "skill", pattern: ".github/skills/*/SKILL.md" }, ...GITHUB],
  },
  {
    id: "instructions",
    marks: ["AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md"],
    reads: [
      { kind: "rule", pattern: "AGENTS.md" },
      { kind: "rule", pattern: "CLAUDE.md" },
      { kind: "rule", pattern: ".github/copilot-instructions.md" },
    ],
    only: "first",
  },
];

/** Describes the folder that it lies in, and is no artifact. */
export const README = /(?:^|\/)readme\.md$/i;

/** Folders that say "a bundle" even while they are empty. */
export const OWN_FOLDERS = ["rules", "skills", "agents", "commands", "behaviors"] as const;

/** For messages: what a bundle looks like. */
export const LOOKS_LIKE =
  "A bundle has rules/*.md, skills/<name>/SKILL.md, agents/*.md, commands/*.md, behaviors/<name>/BEHAVIOR.md or mcp.json; " +
  "a Claude Code plugin or marketplace, a collection for Copilot, a .rulesync folder, a folder of skills, or an AGENTS.md will do as well.";
