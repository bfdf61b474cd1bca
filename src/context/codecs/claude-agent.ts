// Codec: a subagent as a file of .claude/agents.
import { codecOf } from "./codec.ts";
import { asWritten, fileOf, keepKnown, markdownOf, saysName } from "./front-matter.ts";
import { claudeTools } from "./tool-names.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["disallowedTools", "permissionMode", "maxTurns", "skills", "mcpServers", "hooks", "memory", "background", "effort"],
  ...["isolation", "color", "initialPrompt"],
]);

export const claudeAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses } = keepKnown(agent.extra, KNOWN);
  const tools = claudeTools(agent.tools);
  const list = tools.names;
  const text = markdownOf(
    {
      name: agent.name,
      description: agent.description,
      // One line: VS Code, which reads this file too, knows no list here.
      // No tools at all is an empty list.
      tools: list === null ? undefined : list.length === 0 ? [] : list.join(", "),
      model: model ?? undefined,
      ...kept,
      ...override,
    },
    agent.body,
  );
  const native = tools.losses.length === 0 && model === agent.model;
  const written = asWritten(agent, override, (keys, head) => native && keys.includes("name") && keys.includes("description") && saysName(head, agent.name));
  return { as: "files", files: [fileOf(text, written)], losses: [...losses, ...tools.losses] };
});
