// Codec: a subagent as a file of .github/agents, with the tool names that every Copilot surface knows.
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile, saysName } from "./markdown-file.ts";
import { toolNames } from "./tool-names.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["target", "mcp-servers", "user-invocable", "disable-model-invocation", "metadata", "argument-hint", "handoffs", "agents"],
]);
const OWN: ReadonlySet<string> = new Set(["name", "description", "tools", "model", ...KNOWN]);

export const copilotAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses } = keepKnown(agent.extra, KNOWN);
  const tools = toolNames(agent.tools, "copilot");
  const native = tools.losses.length === 0 && model === agent.model;
  const file = markdownFile(agent, {
    fields: { name: agent.name, description: agent.description, tools: tools.names ?? undefined, model: model ?? undefined, ...kept },
    override,
    isNative: (keys, head) => native && keys.every((key) => OWN.has(key)) && saysName(head, agent.name),
  });
  return { as: "files", files: [file], losses: [...losses, ...tools.losses] };
});
