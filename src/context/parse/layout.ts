// Every arrangement of folders that is understood, as tables: how it is known, and which files mean which artifacts.
// Must not read anything.
import type { Kind } from "../model.ts";

/** Files of one kind; `*` in the pattern is the artifact's name. Without one, the name is the bundle's. */
export type Reading = { readonly kind: Kind; readonly pattern: string };

export type LayoutId = "bundle" | "plugin" | "marketplace" | "skills" | "skill" | "instructions";

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

export const MANIFEST = { bundle: "bundle.jsonc", plugin: ".claude-plugin/plugin.json", marketplace: ".claude-plugin/marketplace.json" } as const;

/** In the order in which they are tried. */
export const LAYOUTS: readonly Layout[] = [
  { id: "bundle", marks: [MANIFEST.bundle], reads: OWN },
  { id: "marketplace", marks: [MANIFEST.marketplace], reads: PLUGIN },
  { id: "plugin", marks: [MANIFEST.plugin], reads: PLUGIN },
  { id: "bundle", marks: OWN.map(({ pattern }) => pattern), reads: OWN },
  { id: "skills", marks: ["*/SKILL.md"], reads: [{ kind: "skill", pattern: "*/SKILL.md" }] },
  { id: "skill", marks: ["SKILL.md"], reads: [{ kind: "skill", pattern: "SKILL.md" }] },
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

/** Folders that say "a bundle" even while they are empty. */
export const OWN_FOLDERS = ["rules", "skills", "agents", "commands", "behaviors"] as const;

/** For messages: what a bundle looks like. */
export const LOOKS_LIKE =
  "A bundle has rules/*.md, skills/<name>/SKILL.md, agents/*.md, commands/*.md, behaviors/<name>/BEHAVIOR.md or mcp.json; " +
  "a Claude Code plugin or marketplace, a folder of skills, or an AGENTS.md will do as well.";
