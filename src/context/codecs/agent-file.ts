// Codec: a subagent as a Markdown file, in any dialect of agent-dialects.ts.
import type { Json } from "../model.ts";
import { FIXED, type AgentDialect } from "./agent-dialects.ts";
import { codecOf, type Codec } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { keepKnown, knownOf } from "./front-matter.ts";
import { markdownFile, saysName } from "./markdown-file.ts";
import { onlyReads, toolNames } from "./tool-names.ts";

type Tools = { readonly member: Readonly<Record<string, Json>>; readonly losses: readonly FieldLoss[] };

function toolsOf(tools: readonly string[] | null, how: AgentDialect["tools"]): Tools {
  if (tools === null) return { member: {}, losses: [] };
  if (how === "readonly" && onlyReads(tools))
    return { member: { readonly: true }, losses: [{ field: "tools", grade: "translated", note: "as readonly: it may read and nothing else" }] };
  if (how === null || how === "readonly")
    return { member: {}, losses: [{ field: "tools", grade: "unsupported", note: "the agent may use every tool", protects: true }] };
  const { names, losses } = toolNames(tools, how.client);
  const list = names ?? [];
  if (list.length === 0 && how.none !== undefined)
    return {
      member: { tools: [how.none] },
      losses: [...losses, { field: "tools", grade: "translated", note: `as "${how.none}": an empty list would set no limit` }],
    };
  // No tools at all are an empty list; whatever a map does not name is allowed, so there all is switched off first.
  const value: Json =
    how.form === "map"
      ? { "*": false, ...Object.fromEntries(list.map((name) => [name, true])) }
      : how.form === "line" && list.length > 0
        ? list.join(", ")
        : list;
  return { member: { tools: value }, losses };
}

export function agentFile(dialect: AgentDialect): Codec {
  const known = knownOf(dialect.known);
  const { needs, may } = dialect.native;
  const own = may === undefined ? null : new Set([...may, ...known.keys()]);
  return codecOf("agent", (agent, { model, override }) => {
    const { kept, losses: lost } = keepKnown(agent.extra, known);
    const tools = toolsOf(agent.tools, dialect.tools);
    const taken = model === null || dialect.model?.takes.test(model) !== false;
    const losses: FieldLoss[] = [...lost, ...tools.losses];
    if (!taken) losses.push({ field: "model", grade: "degraded", note: `"${model}" ${dialect.model?.note ?? ""}` });
    const values: Readonly<Record<string, Json | undefined>> = {
      ...FIXED,
      name: agent.name,
      description: agent.description,
      model: taken ? (model ?? undefined) : undefined,
    };
    const native = tools.losses.length === 0 && taken && model === agent.model && (own === null || lost.length === 0);
    const file = markdownFile(agent, {
      fields: Object.assign({}, ...dialect.order.map((key) => (key === "tools" ? tools.member : { [key]: values[key] })), kept),
      override,
      isNative: (keys, head) =>
        native && needs.every((key) => keys.includes(key)) && keys.every((key) => own?.has(key) !== false) && saysName(head, agent.name),
    });
    return { as: "files", files: [file], losses };
  });
}
