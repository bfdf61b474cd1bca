// Codec: a rule as a file of .claude/rules. Claude Code loads it at once, or with `paths` when a matching file is read.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

const KNOWN: ReadonlySet<string> = new Set();
// Other dialects' words, which Claude Code does not understand: it would load the rule always.
const FOREIGN: ReadonlySet<string> = new Set(["globs", "applyTo", "alwaysApply"]);

export const claudeRule = codecOf("rule", (rule, { override }) => {
  const scoped = rule.globs.length > 0 && !rule.always;
  const { losses: lost } = keepKnown(rule.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  if (!scoped && !rule.always && rule.description !== null) losses.push({ field: "alwaysApply", grade: "degraded", note: "the rule is always loaded" });
  const file = markdownFile(rule, {
    fields: { paths: scoped ? rule.globs : undefined },
    override,
    isNative: (keys) => !keys.some((key) => FOREIGN.has(key)),
  });
  return { as: "files", files: [file], losses };
});
