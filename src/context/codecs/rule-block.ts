// Codec: a rule as a part of a Markdown file that a client reads as a whole, such as AGENTS.md.
import { codecOf, type FieldLoss } from "./codec.ts";
import { tidyText } from "./front-matter.ts";

/** A scoped rule says in words what it applies to; whether the agent keeps to that is up to it. */
export const ruleBlock = codecOf("rule", (rule) => {
  const losses: FieldLoss[] = [];
  const scoped = rule.globs.length > 0 && !rule.always;
  let lead = "";
  if (scoped) {
    lead = `Applies to files matching ${rule.globs.map((glob) => `\`${glob}\``).join(", ")}:\n\n`;
    losses.push({ field: "globs", grade: "degraded", note: "said in words; the rule is always loaded" });
  } else if (!rule.always && rule.description !== null) {
    lead = `Relevant for: ${rule.description.replaceAll(/\s+/g, " ").trim()}\n\n`;
    losses.push({ field: "alwaysApply", grade: "degraded", note: "the rule is always loaded" });
  }
  return { as: "block", syntax: "html", text: `${lead}${tidyText(rule.body)}`.trimEnd(), losses };
});
