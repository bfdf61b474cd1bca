// Codec: a rule as a file of .github/instructions; `applyTo` has its globs, comma between them.
import { codecOf } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set(["excludeAgent", "name"]);

export const copilotInstructions = codecOf("rule", (rule, { override }) => {
  const { kept, losses } = keepKnown(rule.extra, KNOWN);
  const scoped = rule.globs.length > 0 && !rule.always;
  const text = markdownOf({ description: rule.description ?? undefined, applyTo: scoped ? rule.globs.join(",") : "**", ...kept, ...override }, rule.body);
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
