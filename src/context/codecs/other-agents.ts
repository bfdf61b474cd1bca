// Codecs: a subagent in dialects that are not Markdown: Cline's YAML, Kiro CLI's JSON.
import { codecOf } from "./codec.ts";
import { fileOf, keepKnown, tidyText, yamlOf } from "./front-matter.ts";
import { toolNames } from "./tool-names.ts";

const CLINE_KEYS: ReadonlySet<string> = new Set(["providerId", "skills", "maxIterations"]);

/** YAML between dashes and the prompt after them. */
export const clineAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses } = keepKnown(agent.extra, CLINE_KEYS);
  const tools = toolNames(agent.tools, "cline");
  const fields = { name: agent.name, description: agent.description, modelId: model ?? undefined, tools: tools.names ?? undefined, ...kept, ...override };
  return { as: "files", files: [fileOf(`---\n${yamlOf(fields)}---\n\n${tidyText(agent.body)}`)], losses: [...losses, ...tools.losses] };
});

const KIRO_KEYS: ReadonlySet<string> = new Set(["allowedTools", "toolAliases", "toolsSettings", "resources", "mcpServers", "includeMcpJson"]);

export const kiroCliAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses } = keepKnown(agent.extra, KIRO_KEYS);
  const tools = toolNames(agent.tools, "kiro");
  const value = {
    name: agent.name,
    description: agent.description,
    prompt: tidyText(agent.body),
    // An agent without any named has none at all.
    tools: tools.names ?? ["*"],
    ...(model !== null && { model }),
    ...kept,
    ...override,
  };
  return { as: "files", files: [fileOf(`${JSON.stringify(value, null, 2)}\n`)], losses: [...losses, ...tools.losses] };
});
