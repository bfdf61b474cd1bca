// Codec: a subagent as a file of .github/agents, with the tool names that every Copilot surface knows.
import { codecOf } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";
import { toolNames } from "./tool-names.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["target", "mcp-servers", "user-invocable", "disable-model-invocation", "metadata", "argument-hint", "handoffs", "agents"],
]);

export const copilotAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses: lost } = keepKnown(agent.extra, KNOWN);
  const tools = toolNames(agent.tools, "copilot");
  const text = markdownOf(
    { name: agent.name, description: agent.description, tools: tools.names ?? undefined, model: model ?? undefined, ...kept, ...override },
    agent.body,
  );
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses: [...lost, ...tools.losses] };
});
