// docs/aiwg.schema.json: what editors check `aiwg.jsonc` against, made from the schema that reads it.
// Must not read the disk.
import { z } from "zod";
import { schema } from "../../src/core/node/config.ts";

/** The JSON Schema of `aiwg.jsonc`. */
export function configSchema(): string {
  return `${JSON.stringify({ title: "aiwg.jsonc", ...z.toJSONSchema(schema, { io: "input" }) }, undefined, 2)}\n`;
}
