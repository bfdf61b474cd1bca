// Codec: a subagent as a file of .opencode/agents. `tools` is a map here (OpenCode rejects an agent with a list), a model is
// `provider/model`.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";
import { toolNames } from "./tool-names.ts";

const KNOWN: ReadonlySet<string> = new Set(["mode", "temperature", "top_p", "permission", "disable", "steps", "color", "hidden", "variant"]);

export const opencodeAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses: lost } = keepKnown(agent.extra, KNOWN);
  const tools = toolNames(agent.tools, "opencode");
  const losses: FieldLoss[] = [...lost, ...tools.losses];
  const known = model !== null && model.includes("/");
  if (model !== null && !known) losses.push({ field: "model", grade: "degraded", note: `"${model}" names no provider; the client's default is used` });
  const text = markdownOf(
    {
      description: agent.description,
      mode: "subagent",
      model: known ? model : undefined,
      // Whatever is not named is allowed, so all is switched off first.
      tools: tools.names === null ? undefined : { "*": false, ...Object.fromEntries(tools.names.map((name) => [name, true])) },
      ...kept,
      ...override,
    },
    agent.body,
  );
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
