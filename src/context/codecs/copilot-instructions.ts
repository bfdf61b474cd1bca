// Codec: a rule as a file of .github/instructions; `applyTo` has its globs, comma between them.
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

const KNOWN: ReadonlySet<string> = new Set(["excludeAgent", "name"]);
const OWN: ReadonlySet<string> = new Set(["applyTo", "description", ...KNOWN]);

export const copilotInstructions = codecOf("rule", (rule, { override }) => {
  const { kept, losses } = keepKnown(rule.extra, KNOWN);
  const scoped = rule.globs.length > 0 && !rule.always;
  const file = markdownFile(rule, {
    fields: { description: rule.description ?? undefined, applyTo: scoped ? rule.globs.join(",") : "**", ...kept },
    override,
    isNative: (keys) => keys.includes("applyTo") && keys.every((key) => OWN.has(key)),
  });
  return { as: "files", files: [file], losses };
});
