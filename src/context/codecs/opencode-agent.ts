// Codec: a subagent as a file of .opencode/agents. `tools` is a map here (OpenCode rejects an agent with a list), a model is
// `provider/model`.
import { codecOf, type FieldLoss } from "./codec.ts";
import { isFlag, isNumber, isText, keepKnown, type Check } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";
import { toolNames } from "./tool-names.ts";

const MODES: ReadonlySet<unknown> = new Set(["primary", "subagent", "all"]);

// With one wrong value OpenCode does not start at all; Claude Code's names of colors are such.
const KNOWN: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["mode", (value) => MODES.has(value)],
  ["temperature", isNumber],
  ["top_p", isNumber],
  ["steps", isNumber],
  ["disable", isFlag],
  ["hidden", isFlag],
  ["variant", isText],
  ["color", (value) => typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value)],
  ["permission", (value) => value !== null && typeof value === "object" && !Array.isArray(value)],
]);
const OWN: ReadonlySet<string> = new Set(["description", "model", ...KNOWN.keys()]);

export const opencodeAgent = codecOf("agent", (agent, { model, override }) => {
  const { kept, losses: lost } = keepKnown(agent.extra, KNOWN);
  const tools = toolNames(agent.tools, "opencode");
  const losses: FieldLoss[] = [...lost, ...tools.losses];
  const known = model !== null && model.includes("/");
  if (model !== null && !known) losses.push({ field: "model", grade: "degraded", note: `"${model}" names no provider; the client's default is used` });
  const native = lost.length === 0 && tools.names === null && model === agent.model && (model === null || known);
  const file = markdownFile(agent, {
    fields: {
      description: agent.description,
      mode: "subagent",
      model: known ? model : undefined,
      // Whatever is not named is allowed, so all is switched off first.
      tools: tools.names === null ? undefined : { "*": false, ...Object.fromEntries(tools.names.map((name) => [name, true])) },
      ...kept,
    },
    override,
    isNative: (keys) => native && keys.includes("mode") && keys.every((key) => OWN.has(key)),
  });
  return { as: "files", files: [file], losses };
});
