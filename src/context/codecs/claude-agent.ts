// Codec: a subagent as a file of .claude/agents.
import { codecOf } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["disallowedTools", "permissionMode", "maxTurns", "skills", "mcpServers", "hooks", "memory", "background", "effort"],
  ...["isolation", "color", "initialPrompt"],
]);

export const claudeAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses } = keepKnown(agent.extra, KNOWN);
  const text = markdownOf(
    {
      name: agent.name,
      description: agent.description,
      // One line: VS Code, which reads this file too, knows no list here.
      tools: agent.tools?.join(", "),
      model: model ?? undefined,
      ...kept,
      ...override,
    },
    agent.body,
  );
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
