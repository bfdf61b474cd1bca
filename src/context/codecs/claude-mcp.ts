// Codec: an MCP server as Claude Code, and what follows it, writes one (`mcpServers`). Bundles use the same words.
import type { JsonObject } from "../model.ts";
import { verbatimEntry } from "../verbatim.ts";
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set(["timeout", "oauth", "headersHelper", "tools", "cwd"]);

const OWN: ReadonlySet<string> = new Set(["type", "command", "args", "env", "url", "headers", ...KNOWN]);

export const claudeMcp = codecOf("mcp", (server, { override }) => {
  const { name, transport, extra } = server;
  const asItStands = Object.keys(override).length === 0 ? verbatimEntry(server, { may: OWN }) : null;
  if (asItStands !== null) return { as: "values", values: [{ event: "", name, value: asItStands }], losses: [] };
  const { kept, losses } = keepKnown(extra, KNOWN);
  const entry: JsonObject =
    transport.type === "stdio"
      ? {
          command: transport.command,
          ...(transport.args.length > 0 && { args: transport.args }),
          ...(Object.keys(transport.env).length > 0 && { env: transport.env }),
        }
      : { type: transport.type, url: transport.url, ...(Object.keys(transport.headers).length > 0 && { headers: transport.headers }) };
  return { as: "values", values: [{ event: "", name, value: { ...entry, ...kept, ...override } }], losses };
});
