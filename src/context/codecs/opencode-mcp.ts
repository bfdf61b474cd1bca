// Codec: an MCP server as OpenCode writes one (`mcp`): the command is one list, the environment is `environment`, variables
// are `{env:VAR}`.
import type { JsonObject } from "../model.ts";
import { codecOf } from "./codec.ts";
import { isFlag, isNumber, keepKnown, type Check } from "./front-matter.ts";
import { mapValues, translator } from "./variables.ts";

// One wrong value in any entry stops OpenCode.
const KNOWN: ReadonlyMap<string, Check> = new Map([
  ["enabled", isFlag],
  ["timeout", isNumber],
]);

export const opencodeMcp = codecOf("mcp", ({ name, transport, extra: { disabled, ...extra } }, { override }) => {
  const { kept, losses } = keepKnown(extra, KNOWN);
  const variables = translator((variable) => `{env:${variable}}`);
  const entry: JsonObject =
    transport.type === "stdio"
      ? {
          type: "local",
          command: [transport.command, ...transport.args].map(variables.text),
          ...(Object.keys(transport.env).length > 0 && { environment: mapValues(transport.env, variables.text) }),
        }
      : {
          type: "remote",
          url: variables.text(transport.url),
          ...(Object.keys(transport.headers).length > 0 && { headers: mapValues(transport.headers, variables.text) }),
        };
  const value = { ...entry, enabled: disabled !== true, ...kept, ...override };
  return { as: "values", values: [{ event: "", name, value }], losses: [...losses, ...variables.losses] };
});
