// Codec: a rule as a part of a Markdown file that a client reads as a whole, such as AGENTS.md.
import type { Rule } from "../model.ts";
import { codecOf } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { tidyText } from "./front-matter.ts";

/** What a scoped rule applies to, in words; whether the agent keeps to that is up to it. */
export function leadOf(rule: Rule): string {
  return `Applies to files matching ${rule.globs.map((glob) => `\`${glob}\``).join(", ")}:\n\n`;
}

/** The same in the file of the folder that the rule is for: nothing needs to be said in words. */
export const folderBlock = codecOf("rule", ({ body }) => ({ as: "block", syntax: "html", text: tidyText(body).trimEnd(), losses: [] }));

export const ruleBlock = codecOf("rule", (rule) => {
  const losses: FieldLoss[] = [];
  const scoped = rule.globs.length > 0 && !rule.always;
  let lead = "";
  if (scoped) {
    lead = leadOf(rule);
    losses.push({ field: "globs", grade: "degraded", note: "said in words; the rule is always loaded" });
  } else if (!rule.always && rule.description !== null) {
    lead = `Relevant for: ${rule.description.replaceAll(/\s+/g, " ").trim()}\n\n`;
    losses.push({ field: "alwaysApply", grade: "degraded", note: "the rule is always loaded" });
  }
  return { as: "block", syntax: "html", text: `${lead}${tidyText(rule.body)}`.trimEnd(), losses };
});
