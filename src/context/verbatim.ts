// When a codec may give an artifact's own file (or entry) back as it stands, instead of writing it anew: if it says everything
// in the words of the dialect. So what a person wrote for one platform stays byte for byte. Must not know any dialect.
import type { Agent, Command, JsonObject, McpServer, Rule } from "./model.ts";
import { textOf } from "./parse/document.ts";
import { readFrontMatter } from "./parse/front-matter.ts";

/** Keys that a dialect understands, and those among them that it needs. */
export type Dialect = { readonly may: ReadonlySet<string>; readonly must?: readonly string[] };

const fits = (data: JsonObject, { may, must = [] }: Dialect): boolean =>
  Object.keys(data).every((key) => may.has(key)) && must.every((key) => Object.hasOwn(data, key));

/** The artifact's file; null where there is none, or where it has keys that the dialect does not know, or lacks one it needs. */
export function verbatimFile(artifact: Rule | Agent | Command, dialect: Dialect): Uint8Array | null {
  const text = artifact.bytes && textOf(artifact.bytes);
  const front = text === undefined ? undefined : readFrontMatter(text);
  if (!artifact.bytes || front === undefined || "fault" in front || !fits(front.data, dialect)) return null;
  // A name of its own would be the one that counts.
  const renamed = Object.hasOwn(front.data, "name") && front.data["name"] !== artifact.name;
  return renamed ? null : artifact.bytes;
}

/** The server's entry in mcp.json's form; null where there is none or it has keys that the dialect does not know. */
export function verbatimEntry(server: McpServer, dialect: Dialect): JsonObject | null {
  return server.entry && fits(server.entry, dialect) ? server.entry : null;
}
