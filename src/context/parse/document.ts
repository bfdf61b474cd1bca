// One Markdown file on its way to an artifact: bytes to text, text to fields and body, and what all kinds have in common.
// Must not know the fields of any kind.
import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import type { Artifact, Common, Kind } from "../model.ts";
import { diagnose, type Fields, fieldsOf, type Given, type Parsed } from "./fields.ts";
import { readFrontMatter } from "./front-matter.ts";
import { nameFault } from "./names.ts";
import type { TreeFile } from "./tree.ts";

/** A file that defines an artifact. */
export type Source = Given & { readonly file: TreeFile };

/** The text of bytes that are UTF-8 without NUL, else undefined. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** sha256 (hex) of an artifact made of files: their paths, modes and contents. */
export function hashFiles(kind: Kind, name: string, files: readonly TreeFile[]): string {
  const lines = files.map(({ path, executable, digest }) => `${executable ? "755" : "644"} ${digest} ${path}\n`);
  return hash("sha256", `${kind}/${name}\n${lines.join("")}`, "hex");
}

/**
 * Reads the file and lets `build` make the artifact of its fields; null where anything was an error. `files` are those that
 * the artifact consists of.
 */
export function parseDocument<A extends Artifact>(
  kind: A["kind"],
  source: Source,
  files: readonly TreeFile[],
  build: (fields: Fields, body: string, shared: () => Common<A["kind"]>) => A | null,
): Parsed<A> {
  const failed = (line: number | null, message: string): Parsed<A> => ({ artifact: null, diagnostics: [diagnose(kind, source, "error", line, message)] });
  const wrongName = nameFault(kind, source.name);
  if (wrongName !== undefined) return failed(null, wrongName);
  const text = textOf(source.file.bytes);
  if (text === undefined) return failed(null, "is not UTF-8 text");
  const front = readFrontMatter(text);
  if ("fault" in front) return failed(front.line, front.fault);
  const fields = fieldsOf(front, kind, source);
  const { name, bundle, path } = source;
  const shared = (): Common<A["kind"]> => ({ kind, name, bundles: [bundle], from: path, hash: hashFiles(kind, name, files), ...fields.rest() });
  const artifact = build(fields, front.body, shared);
  const { diagnostics } = fields;
  return { artifact: diagnostics.some(({ severity }) => severity === "error") ? null : artifact, diagnostics };
}

/** The description; an error where there is none, since clients drop, guess or reject what has none. */
export function requireDescription(fields: Fields, what: string): string {
  const description = fields.text("description");
  if (description === null && fields.diagnostics.every(({ severity }) => severity !== "error"))
    fields.error("description", `no description: clients disagree about ${what} without one`);
  return description ?? "";
}

/** Tells that the front matter has another name than the file or folder, whose name counts. */
export function checkName(fields: Fields, name: string, what: "file" | "folder"): void {
  const own = fields.text("name");
  if (own !== null && own !== name) fields.warn("name", `"name" is "${own.slice(0, 80)}", but the ${what} is "${name}", which counts`);
}
