// Codec: a rule as a file of its own, in any dialect of rule-dialects.ts.
import type { Rule } from "../model.ts";
import { codecOf, type Codec } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { keepKnown, type Fields } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";
import type { RuleDialect, RuleFields } from "./rule-dialects.ts";
import { leadOf } from "./rule-block.ts";

function fieldsOf(fields: RuleFields, rule: Rule): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === "function" ? value(rule) : value]));
}

// A key whose value is a list, or a text in quotes or of several lines.
const isDressed = (head: string, key: string): boolean => new RegExp(`^${key}[ \\t]*:[ \\t]*(?:["'[|>]|\\r?\\n[ \\t]*- )`, "m").test(head);

export function ruleFile(dialect: RuleDialect): Codec {
  const known = new Set(dialect.known);
  const { needs = [], may, never = [] } = dialect.native;
  const { bare } = dialect;
  const own = may === undefined ? null : new Set([...may, ...known]);
  return codecOf("rule", (rule, { override }) => {
    const { kept, losses: lost } = keepKnown(rule.extra, known);
    const losses: FieldLoss[] = [...lost];
    const scoped = rule.globs.length > 0 && !rule.always;
    const asked = !scoped && !rule.always && rule.description !== null;
    const wordless = scoped && dialect.scoped === undefined;
    if (wordless) losses.push({ field: "globs", grade: "degraded", note: "said in words; the rule is always loaded" });
    if (asked && dialect.asked === undefined) losses.push({ field: "alwaysApply", grade: "degraded", note: "the rule is always loaded" });
    const fields = (scoped ? dialect.scoped : asked ? dialect.asked : undefined) ?? dialect.always;
    const file = markdownFile(rule, {
      fields: { ...fieldsOf(fields, rule), ...kept },
      override,
      isNative: (keys, head) =>
        needs.every((key) => keys.includes(key)) &&
        keys.every((key) => own?.has(key) !== false && !never.includes(key)) &&
        (bare === undefined || !isDressed(head, bare)),
      ...(bare !== undefined && { bare }),
      ...(wordless && { body: `${leadOf(rule)}${rule.body}` }),
    });
    return { as: "files", files: [file], losses };
  });
}
