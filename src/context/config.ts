// What `aiwg.jsonc` says of context: platforms, bundles, models; and edits of its text that keep comments and order.
// Must not know where bundles lie or what platforms there are.
import { applyEdits, createScanner, findNodeAtLocation, type JSONPath, modify, parseTree } from "jsonc-parser";
import { AiwgError } from "../core/errors.ts";
import { parseJsonc } from "../core/jsonc.ts";
import { readConfigFile } from "../core/node/config.ts";

/** A bundle as the file names it: `source` as it was typed, relative ones count from the root. */
export type BundleEntry = { readonly name: string; readonly source: string; readonly include?: readonly string[]; readonly exclude?: readonly string[] };

export type ContextConfig = {
  /** Null where the file does not say. */
  readonly platforms: readonly string[] | null;
  readonly bundles: readonly BundleEntry[];
  readonly gitignore: "none" | "exclude" | "file";
  /** Model names by platform and tier. */
  readonly models: Readonly<Record<string, { readonly reasoning?: string; readonly coding?: string; readonly fast?: string }>>;
};

/** What editors check the file against. */
const SCHEMA_URL = "https://unpkg.com/aiwg/docs/aiwg.schema.json";

/** What one file says; the defaults where there is none. Throws `config_invalid`, naming file and line. */
export function readContextConfig(file: string, shown: string, owner: "user" | "project"): ContextConfig {
  const config = readConfigFile(file, shown, owner) ?? {};
  return {
    platforms: config.platforms ?? null,
    bundles: (config.bundles ?? []).map(({ name, source, include, exclude }) => ({ name, source, ...(include && { include }), ...(exclude && { exclude }) })),
    gitignore: config.gitignore ?? "none",
    models: Object.fromEntries(
      Object.entries(config.models ?? {}).map(([platform, { reasoning, coding, fast }]) => [
        platform,
        { ...(reasoning && { reasoning }), ...(coding && { coding }), ...(fast && { fast }) },
      ]),
    ),
  };
}

function objectIn(text: string, shown: string): Readonly<Record<string, unknown>> {
  const parsed = parseJsonc(text);
  if ("fault" in parsed) throw new AiwgError("config_invalid", `${shown}:${parsed.line}: ${parsed.fault}`, { hint: "Correct the text there." });
  if (typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value))
    throw new AiwgError("config_invalid", `${shown}:1: must be an object`);
  return { ...parsed.value };
}

// Members of the parser's ambient enum of tokens, which a module of its own cannot name.
const COMMA = 5;
const END = 17;

const fresh = `{\n  "$schema": "${SCHEMA_URL}"\n}\n`;

function edit(text: string, path: JSONPath, value: unknown): string {
  const tabs = /^\t/m.test(text);
  const spaces = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  const formattingOptions = { insertSpaces: !tabs, tabSize: tabs ? 4 : spaces, eol: text.includes("\r\n") ? "\r\n" : "\n" };
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}

// The parser's own removal takes comments before the next item along.
function cutItem(text: string, path: JSONPath): string {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const node = tree && findNodeAtLocation(tree, path);
  if (!node) return text;
  let commaBefore = -1;
  let commaAfter = -1;
  const scanner = createScanner(text, true);
  for (let token = scanner.scan(); token !== END; token = scanner.scan()) {
    const at = scanner.getTokenOffset();
    if (at < node.offset) commaBefore = token === COMMA ? at : -1;
    else if (at >= node.offset + node.length) {
      if (token === COMMA) commaAfter = at;
      break;
    }
  }
  const comma = commaAfter !== -1 ? commaAfter : commaBefore;
  const blank = (from: number, to: number, rest: string): string => {
    const lineStart = rest.lastIndexOf("\n", from - 1) + 1;
    const lineEnd = rest.indexOf("\n", to);
    const alone = lineEnd !== -1 && rest.slice(lineStart, from).trim() === "" && rest.slice(to, lineEnd).trim() === "";
    return alone ? rest.slice(0, lineStart) + rest.slice(lineEnd + 1) : rest.slice(0, from) + rest.slice(to);
  };
  const end = node.offset + node.length;
  if (comma === -1) return blank(node.offset, end, text);
  if (comma < node.offset) return blank(node.offset - 1, end - 1, text.slice(0, comma) + text.slice(comma + 1));
  return blank(node.offset, comma, text.slice(0, comma) + text.slice(comma + 1));
}

// The parser counts from the text without the mark.
function edited(text: string | undefined, shown: string, change: (text: string, value: Readonly<Record<string, unknown>>) => string): string {
  const mark = text?.startsWith("\uFEFF") ? "\uFEFF" : "";
  const bare = text === undefined || text.slice(mark.length).trim() === "" ? fresh : text.slice(mark.length);
  return mark + change(bare, objectIn(bare, shown));
}

const bundlesIn = (value: Readonly<Record<string, unknown>>): readonly unknown[] => (Array.isArray(value["bundles"]) ? value["bundles"] : []);
const nameOf = (entry: unknown): unknown => (typeof entry === "object" && entry !== null && "name" in entry ? entry.name : undefined);

/** The file's text with this bundle, at the end or in the place of the one with its name. `text` undefined: there is no file. Throws `config_invalid`. */
export function addBundle(text: string | undefined, entry: BundleEntry, shown: string): string {
  return edited(text, shown, (bare, value) => {
    const bundles = bundlesIn(value);
    if (value["bundles"] === undefined) return edit(bare, ["bundles"], [entry]);
    const at = bundles.findIndex((other) => nameOf(other) === entry.name);
    return edit(bare, ["bundles", at === -1 ? bundles.length : at], entry);
  });
}

/** The file's text without the bundle; the same text if it names none such. Throws `config_invalid`. */
export function removeBundle(text: string, name: string, shown: string): string {
  return edited(text, shown, (bare, value) => {
    const at = bundlesIn(value).findIndex((entry) => nameOf(entry) === name);
    return at === -1 ? bare : cutItem(bare, ["bundles", at]);
  });
}

/** The file's text with these platforms. `text` undefined: there is no file. Throws `config_invalid`. */
export function setPlatforms(text: string | undefined, platforms: readonly string[], shown: string): string {
  return edited(text, shown, (bare) => edit(bare, ["platforms"], platforms));
}
