// Codec: a subagent as a file of .github/agents, with the tool names that every Copilot surface knows.
import { codecOf } from "./codec.ts";
import { asWritten, fileOf, keepKnown, markdownOf, saysName } from "./front-matter.ts";
import { toolNames } from "./tool-names.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["target", "mcp-servers", "user-invocable", "disable-model-invocation", "metadata", "argument-hint", "handoffs", "agents"],
]);
const OWN: ReadonlySet<string> = new Set(["name", "description", "tools", "model", ...KNOWN]);

export const copilotAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses: lost } = keepKnown(agent.extra, KNOWN);
  const tools = toolNames(agent.tools, "copilot");
  const text = markdownOf(
    { name: agent.name, description: agent.description, tools: tools.names ?? undefined, model: model ?? undefined, ...kept, ...override },
    agent.body,
  );
  const native = tools.losses.length === 0 && model === agent.model;
  const written = asWritten(agent, override, (keys, head) => native && keys.every((key) => OWN.has(key)) && saysName(head, agent.name));
  return { as: "files", files: [fileOf(text, written)], losses: [...lost, ...tools.losses] };
});
