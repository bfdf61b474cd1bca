// How each dialect of rule files says when a rule is loaded. Data only; what is done with it stands in rule-file.ts.
import type { Json, Rule } from "../model.ts";

/** A member of the front matter: a value, or what it is for a rule (`undefined` leaves it out). */
export type RuleField = Json | ((rule: Rule) => Json | undefined);
export type RuleFields = Readonly<Record<string, RuleField>>;

export type RuleDialect = {
  /** Of a rule that is always loaded. */
  readonly always: RuleFields;
  /** Of a rule with globs; absent where the client cannot scope, so that the text itself says what it applies to. */
  readonly scoped?: RuleFields;
  /** Of a rule that the model asks for by its description; absent where it is loaded always. */
  readonly asked?: RuleFields;
  /** Keys that mean nothing to us and that the client takes. */
  readonly known?: readonly string[];
  /** Written and read to the end of its line, quotes too, so that it must stand without them. */
  readonly bare?: string;
  /** What the front matter of a file of this dialect has: all of `needs`, nothing beyond `may`, nothing of `never`. */
  readonly native: { readonly needs?: readonly string[]; readonly may?: readonly string[]; readonly never?: readonly string[] };
};

const description = (rule: Rule): Json | undefined => rule.description ?? undefined;
const list = (rule: Rule): Json => rule.globs;
const commas = (rule: Rule): Json => rule.globs.join(",");
const ownName = (rule: Rule): Json => rule.name;

/** What a member of the front matter says, where it is no fixed value: so that it can be read back. */
export const RULE_WORDS: ReadonlyMap<RuleField, "description" | "globs" | "name"> = new Map<RuleField, "description" | "globs" | "name">([
  [description, "description"],
  [list, "globs"],
  [commas, "globs"],
  [ownName, "name"],
]);

export const RULE_DIALECTS = {
  // Other dialects' words would make Claude Code load the rule always.
  "claude-rule": { always: {}, scoped: { paths: list }, native: { never: ["globs", "applyTo", "alwaysApply"] } },
  "copilot-instructions": {
    always: { description, applyTo: "**" },
    scoped: { description, applyTo: commas },
    asked: { description, applyTo: "**" },
    known: ["excludeAgent", "name"],
    native: { needs: ["applyTo"], may: ["applyTo", "description"] },
  },
  // Of two readers that Cursor has, the one that matches files is not YAML's: quoted globs match nothing, a list is empty
  // (tried with 3.17.8: cosai-oasis/project-codeguard#121).
  "cursor-rule": {
    always: { description, alwaysApply: true },
    scoped: { description, globs: commas, alwaysApply: false },
    asked: { description, alwaysApply: false },
    bare: "globs",
    native: { needs: ["alwaysApply"], may: ["description", "globs", "alwaysApply"] },
  },
  // Windsurf, Devin and Antigravity.
  "trigger-rule": {
    always: { trigger: "always_on" },
    scoped: { trigger: "glob", globs: commas, description },
    asked: { trigger: "model_decision", description },
    native: { needs: ["trigger"], may: ["trigger", "globs", "description"] },
  },
  "kiro-steering": {
    always: { inclusion: "always" },
    scoped: { inclusion: "fileMatch", fileMatchPattern: list },
    asked: { inclusion: "auto", name: ownName, description },
    native: { needs: ["inclusion"], may: ["inclusion", "fileMatchPattern", "name", "description"] },
  },
  // Cline and Qwen Code.
  "paths-rule": {
    always: { description },
    scoped: { description, paths: list },
    native: { may: ["description", "paths"] },
  },
  "augment-rule": {
    always: { type: "always_apply", description },
    asked: { type: "agent_requested", description },
    native: { needs: ["type"], may: ["type", "description"] },
  },
  // Text without front matter.
  "plain-rule": { always: {}, native: { may: [] } },
} as const satisfies Readonly<Record<string, RuleDialect>>;
