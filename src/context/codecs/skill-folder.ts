// Codec: a skill as a folder of the agentskills.io form. Its files are copied byte for byte; only the front matter of
// SKILL.md is written anew, and only for a platform that has one of its own.
import { codecOf } from "./codec.ts";
import { markdownOf, utf8 } from "./front-matter.ts";

export const skillFolder = codecOf("skill", (skill, { override }) => {
  if (Object.keys(override).length === 0) return { as: "files", files: skill.files, losses: [] };
  const text = markdownOf({ name: skill.name, description: skill.description, ...skill.extra, ...override }, skill.body);
  const files = skill.files.map((file) => (file.path === "SKILL.md" ? { path: file.path, bytes: utf8(text), executable: file.executable } : file));
  return { as: "files", files, losses: [] };
});
