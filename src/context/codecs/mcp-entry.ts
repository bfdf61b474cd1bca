// Codec: an MCP server as an entry of a JSON file, in any dialect of mcp-dialects.ts.
import type { JsonObject } from "../model.ts";
import { verbatimEntry } from "../verbatim.ts";
import { codecOf, type Codec } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { keepKnown, knownOf } from "./front-matter.ts";
import type { McpDialect } from "./mcp-dialects.ts";
import { hasVariable, translator } from "./variables.ts";

const OURS = ["type", "command", "args", "env", "url", "headers"];

const nonEmpty = (record: Readonly<Record<string, string>>): boolean => Object.keys(record).length > 0;

export function mcpEntry(dialect: McpDialect): Codec {
  const { stdioType, oneList = false, command: commandKey = "command", env: envKey = "env", named = false, variable, off, asBundles = false, beside } = dialect;
  const known = knownOf(dialect.known);
  const own = new Set([...OURS, ...known.keys()]);
  return codecOf("mcp", (server, { override }) => {
    const { name, transport } = server;
    const asItStands = asBundles && Object.keys(override).length === 0 ? verbatimEntry(server, { may: own }) : null;
    if (asItStands !== null) return { as: "values", values: [{ event: "", name, value: asItStands }], losses: [] };
    const { disabled, ...rest } = server.extra;
    const { kept, losses: lost } = keepKnown(off === undefined ? server.extra : rest, known);
    const losses: FieldLoss[] = [...lost];
    const variables = translator(variable ?? ((of) => `\${${of}}`));
    const put = (field: string, text: string): string => {
      if (variable === null && hasVariable(text)) losses.push({ field, grade: "unsupported", note: "the client puts no variables into it" });
      return variable === undefined || variable === null ? text : variables.text(text);
    };
    const putAll = (field: string, record: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(record).map(([key, text]) => [key, put(`${field}.${key}`, text)]));
    let entry: JsonObject;
    if (transport.type === "stdio") {
      const { env } = transport;
      const [command = "", ...args] = [transport.command, ...transport.args].map((word) => put("args", word));
      entry = {
        ...(stdioType !== undefined && { type: stdioType }),
        [commandKey]: oneList ? [command, ...args] : command,
        ...(!oneList && args.length > 0 && { args }),
        ...(nonEmpty(env) && { [envKey]: putAll("env", env) }),
      };
    } else {
      const remote = dialect[transport.type];
      if (remote === null)
        return { as: "nothing", losses: [{ field: "type", grade: "unsupported", note: `the client speaks no ${transport.type} transport` }] };
      const { headers } = transport;
      entry = {
        ...(remote.type !== undefined && { type: remote.type }),
        [remote.url]: put("url", transport.url),
        ...(nonEmpty(headers) && { headers: putAll("headers", headers) }),
      };
    }
    const state: JsonObject = off === "enabled" ? { enabled: disabled !== true } : off === "disabled" && disabled === true ? { disabled } : {};
    const value = { ...(named && { name }), ...entry, ...state, ...kept, ...override };
    return { as: "values", values: [{ event: "", name, value }], ...(beside && { beside }), losses: [...losses, ...variables.losses] };
  });
}
