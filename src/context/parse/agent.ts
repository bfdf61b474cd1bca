// agents/*.md: a subagent with its own prompt, tools and model.
import type { Agent } from "../model.ts";
import { checkName, parseDocument, requireDescription, type Source } from "./document.ts";
import type { Parsed } from "./fields.ts";

/** An agent without `tools` is not limited; an empty list leaves it none. */
export function parseAgent(source: Source): Parsed<Agent> {
  return parseDocument<Agent>("agent", source, [source.file], (fields, body, shared) => {
    checkName(fields, source.name, "file");
    const description = requireDescription(fields, "agents");
    const tools = fields.list("tools");
    const model = fields.text("model");
    return { ...shared(), kind: "agent", description, tools, model, body, bytes: source.file.bytes };
  });
}
