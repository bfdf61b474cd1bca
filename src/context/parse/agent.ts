// agents/*.md: a subagent with its own prompt, tools and model.
import type { Agent } from "../model.ts";
import { checkName, parseDocument, requireDescription, type Source } from "./document.ts";
import type { Parsed } from "./fields.ts";

/** An agent without `tools` is not limited; an empty list leaves it none. `titled`: what it says as its name is a title. */
export function parseAgent(source: Source & { readonly titled?: boolean }): Parsed<Agent> {
  return parseDocument<Agent>("agent", source, [source.file], (fields, body, shared) => {
    if (!source.titled) checkName(fields, source.name, "file");
    const description = requireDescription(fields, "agents");
    const tools = fields.list("tools");
    // Copilot takes a list, in order of preference.
    const model = source.titled ? (fields.list("model")?.[0] ?? null) : fields.text("model");
    return { ...shared(), kind: "agent", description, tools, model, body, bytes: source.file.bytes };
  });
}
