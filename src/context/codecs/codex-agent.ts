// Codec: a subagent as a TOML file of .codex/agents. Codex has no list of tools for an agent.
import type { JsonObject } from "../model.ts";
import { codecOf } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { fileOf, isText, keepKnown, tidyText, type Check } from "./front-matter.ts";
import { tomlOf, tomlText } from "./toml.ts";

// With any other key, or a wrong value, Codex rejects the file.
const KNOWN: ReadonlyMap<string, Check> = new Map([
  ["model_reasoning_effort", isText],
  ["sandbox_mode", isText],
]);

export const codexAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses: lost } = keepKnown(agent.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  if (agent.tools !== null) losses.push({ field: "tools", grade: "unsupported", note: "Codex lets the agent use every tool", protects: true });
  const fields: JsonObject = {
    name: agent.name,
    description: agent.description,
    developer_instructions: tidyText(agent.body),
    ...(model !== null && { model }),
    ...kept,
    ...override,
  };
  const { name = null, description = null, developer_instructions: instructions = "", ...others } = fields;
  const prompt = typeof instructions === "string" ? instructions : tidyText(agent.body);
  // Tables of an override come last, since whatever followed them would belong to them.
  const text = `${tomlOf({ name, description })}developer_instructions = ${tomlText(prompt)}\n${Object.keys(others).length > 0 ? tomlOf(others) : ""}`;
  return { as: "files", files: [fileOf(text)], losses };
});
