// Codec: a skill as a folder of the agentskills.io form. Its files are copied byte for byte; only the front matter of
// SKILL.md is written anew, and only where it must say something else.
import type { PartFile } from "../model.ts";
import { codecOf, type ArtifactOf } from "./codec.ts";
import { markdownOf, utf8 } from "./front-matter.ts";

const decoder = new TextDecoder();

// Clients disagree on a name that is not the folder's: some load the skill under one, some under the other.
function saysName(file: PartFile, name: string): boolean {
  const text = decoder.decode(file.bytes);
  const head = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)?.[1];
  const said = head === undefined ? undefined : /^name:[ \t]*(.*?)[ \t]*$/m.exec(head)?.[1];
  return said === name || said === `"${name}"` || said === `'${name}'`;
}

function rewritten(skill: ArtifactOf<"skill">, override: Parameters<typeof markdownOf>[0]): Uint8Array {
  return utf8(markdownOf({ name: skill.name, description: skill.description, ...skill.extra, ...override }, skill.body));
}

export const skillFolder = codecOf("skill", (skill, { override }) => {
  const overridden = Object.keys(override).length > 0;
  const files = skill.files.map((file) =>
    file.path === "SKILL.md" && (overridden || !saysName(file, skill.name)) ? { ...file, bytes: rewritten(skill, override) } : file,
  );
  return { as: "files", files, losses: [] };
});
