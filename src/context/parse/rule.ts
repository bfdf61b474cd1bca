// rules/*.md: text that an agent should know, always or for some files.
import { holdsMarker } from "../edit/block.ts";
import type { Rule } from "../model.ts";
import { parseDocument, type Source } from "./document.ts";
import type { Fields, Parsed } from "./fields.ts";

// Ours, Claude Code's and Copilot's words for the same.
const GLOBS = ["globs", "paths", "applyTo"] as const;

function globsOf(fields: Fields): readonly string[] {
  const said = GLOBS.map((key) => ({ key, list: fields.list(key) })).filter(({ list }) => list !== null);
  const [first, second] = said;
  if (first && second) fields.error(second.key, `"${first.key}" and "${second.key}" both say which files it is for; keep one`);
  return first?.list ?? [];
}

/** A rule is loaded at once unless it has globs or says `alwaysApply: false`. */
export function parseRule(source: Source): Parsed<Rule> {
  return parseDocument<Rule>("rule", source, [source.file], (fields, body, shared) => {
    const description = fields.text("description");
    const globs = globsOf(fields);
    const always = fields.flag("alwaysApply") ?? globs.length === 0;
    // In a block of a shared file it would end the block, or begin one of another bundle.
    if (holdsMarker(body, "html")) fields.error("", "has a marker of aiwg's own blocks (<!-- aiwg:…) in its text");
    if (body.trim() === "") fields.warn("", "has no text");
    return { ...shared(), kind: "rule", description, globs, always, body, bytes: source.file.bytes };
  });
}
