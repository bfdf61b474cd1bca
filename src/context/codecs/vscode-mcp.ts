// Codec: an MCP server as VS Code writes one (`servers`), with variables as `${env:VAR}`.
import type { JsonObject } from "../model.ts";
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { mapValues, translator } from "./variables.ts";

const KNOWN: ReadonlySet<string> = new Set(["cwd", "envFile", "dev"]);

export const vscodeMcp = codecOf("mcp", ({ name, transport, extra }, { override }) => {
  const { kept, losses } = keepKnown(extra, KNOWN);
  const variables = translator((variable) => `\${env:${variable}}`);
  const entry: JsonObject =
    transport.type === "stdio"
      ? {
          type: "stdio",
          command: variables.text(transport.command),
          ...(transport.args.length > 0 && { args: transport.args.map(variables.text) }),
          ...(Object.keys(transport.env).length > 0 && { env: mapValues(transport.env, variables.text) }),
        }
      : {
          type: transport.type,
          url: variables.text(transport.url),
          ...(Object.keys(transport.headers).length > 0 && { headers: mapValues(transport.headers, variables.text) }),
        };
  return { as: "values", values: [{ event: "", name, value: { ...entry, ...kept, ...override } }], losses: [...losses, ...variables.losses] };
});
