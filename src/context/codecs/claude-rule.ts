// Codec: a rule as a file of .claude/rules. Claude Code loads it at once, or with `paths` when a matching file is read.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set();

export const claudeRule = codecOf("rule", (rule, { override }) => {
  const scoped = rule.globs.length > 0 && !rule.always;
  const { losses: lost } = keepKnown(rule.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  if (!scoped && !rule.always && rule.description !== null) losses.push({ field: "alwaysApply", grade: "degraded", note: "the rule is always loaded" });
  const text = markdownOf({ paths: scoped ? rule.globs : undefined, ...override }, rule.body);
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
