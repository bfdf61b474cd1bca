// Codec: a rule as a file of .github/instructions; `applyTo` has its globs, comma between them.
import { codecOf } from "./codec.ts";
import { asWritten, fileOf, keepKnown, markdownOf } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set(["excludeAgent", "name"]);
const OWN: ReadonlySet<string> = new Set(["applyTo", "description", ...KNOWN]);

export const copilotInstructions = codecOf("rule", (rule, { override }) => {
  const { kept, losses } = keepKnown(rule.extra, KNOWN);
  const scoped = rule.globs.length > 0 && !rule.always;
  const text = markdownOf({ description: rule.description ?? undefined, applyTo: scoped ? rule.globs.join(",") : "**", ...kept, ...override }, rule.body);
  const written = asWritten(rule, override, (keys) => keys.includes("applyTo") && keys.every((key) => OWN.has(key)));
  return { as: "files", files: [fileOf(text, written)], losses };
});
