// Codec: a subagent as a file of .claude/agents.
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile, saysName } from "./markdown-file.ts";
import { claudeTools } from "./tool-names.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["disallowedTools", "permissionMode", "maxTurns", "skills", "mcpServers", "hooks", "memory", "background", "effort"],
  ...["isolation", "color", "initialPrompt"],
]);

export const claudeAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses } = keepKnown(agent.extra, KNOWN);
  const tools = claudeTools(agent.tools);
  const native = tools.losses.length === 0 && model === agent.model;
  const file = markdownFile(agent, {
    fields: {
      name: agent.name,
      description: agent.description,
      // One line, since VS Code, which reads this file too, knows no list here; but no tools at all are an empty list.
      tools: tools.names === null ? undefined : tools.names.length === 0 ? [] : tools.names.join(", "),
      model: model ?? undefined,
      ...kept,
    },
    override,
    isNative: (keys, head) => native && keys.includes("name") && keys.includes("description") && saysName(head, agent.name),
  });
  return { as: "files", files: [file], losses: [...losses, ...tools.losses] };
});
