// skills/<name>/SKILL.md and what lies beside it: an Agent Skill (agentskills.io), kept byte for byte but for a wrong name.
import { hash } from "node:crypto";
import type { JsonObject, Skill } from "../model.ts";
import { checkName, parseDocument, requireDescription, type Source, textOf } from "./document.ts";
import type { Parsed } from "./fields.ts";
import { readFrontMatter } from "./front-matter.ts";
import type { TreeFile } from "./tree.ts";

const MAX_DESCRIPTION = 1_024;

/** Where a skill's folder was read: `files` has all of it, `folder` is the folder's own name where the skill got another. */
export type SkillSource = Source & { readonly files: readonly TreeFile[]; readonly folder?: string };

const restOf = (data: JsonObject): string => JSON.stringify(Object.entries(data).filter(([key]) => key !== "name"));

/**
 * The text of a SKILL.md with this `name` in its front matter, all else as it was; null where that cannot be done line by line.
 * Clients disagree whether the folder or the front matter counts, so the two are made one.
 */
export function withName(text: string, name: string): string | null {
  const front = readFrontMatter(text);
  if ("fault" in front) return null;
  if (front.data["name"] === name) return text;
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split("\n");
  const keyLines = Object.keys(front.data)
    .map(front.lineOf)
    .toSorted((a, b) => a - b);
  const own = Object.hasOwn(front.data, "name") ? front.lineOf("name") : null;
  const end = lines.findIndex((line, i) => i > 0 && /^---[ \t]*\r?$/.test(line)) + 1;
  const next = own === null ? 2 : Math.min(end, ...keyLines.filter((line) => line > own));
  if (end === 0) return null;
  lines.splice((own ?? 2) - 1, next - (own ?? 2), `name: ${name}${eol === "\r\n" ? "\r" : ""}`);
  const changed = lines.join("\n");
  const again = readFrontMatter(changed);
  return !("fault" in again) && again.data["name"] === name && restOf(again.data) === restOf(front.data) ? changed : null;
}

function replaced(file: TreeFile, text: string): TreeFile {
  const bytes = Buffer.from(text);
  return { ...file, bytes, digest: hash("sha256", bytes, "hex") };
}

/** Clients drop, guess or reject a skill without description, so it is an error here. */
export function parseSkill(source: SkillSource): Parsed<Skill> {
  const main = { ...source.file, path: "SKILL.md" };
  const text = textOf(main.bytes);
  const renamed = text === undefined ? null : withName(text, source.name);
  const own = renamed === null || renamed === text ? main : replaced(main, renamed);
  const files = source.files.map((file) => (file.path === "SKILL.md" ? own : file));
  return parseDocument<Skill>("skill", source, files, (fields, body, shared) => {
    checkName(fields, source.folder ?? source.name, "folder");
    const description = requireDescription(fields, "skills");
    if (description.length > MAX_DESCRIPTION)
      fields.warn("description", `the description has ${description.length} characters; clients may refuse more than ${MAX_DESCRIPTION}`);
    if (renamed === null && fields.diagnostics.every(({ severity }) => severity !== "error"))
      fields.error("name", `"name" is not "${source.name}" and cannot be corrected here; write it on a line of its own`);
    return { ...shared(), kind: "skill", description, body, files };
  });
}
