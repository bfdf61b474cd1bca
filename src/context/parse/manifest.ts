// What a bundle says of itself: bundle.jsonc, and the manifests of Claude Code plugins and marketplaces.
// Must not read what they point to.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { jsonPointer } from "../../core/json.ts";
import { parseJsonc } from "../../core/jsonc.ts";
import { BUNDLE_NAME, BUNDLE_NAME_RULE } from "../../core/names.ts";
import { textOf } from "./document.ts";
import type { Tree } from "./tree.ts";

const text = z.string().max(4_096);
/** bundle.jsonc. */
export const ownManifest = z.looseObject({
  name: z.string().regex(BUNDLE_NAME, BUNDLE_NAME_RULE).optional(),
  version: text.optional(),
  description: text.optional(),
});

// Claude Code takes a path or a list of paths for each of these; what else it understands there is not a file of ours.
const paths = z.union([text, z.array(text)]).optional();
const parts = { skills: paths, agents: paths, commands: paths };
const plugin = z.looseObject({ name: text.min(1), version: text.optional(), ...parts, mcpServers: z.unknown().optional(), hooks: z.unknown().optional() });
const marketplace = z.looseObject({
  name: text.optional(),
  metadata: z.looseObject({ version: text.optional(), pluginRoot: text.optional() }).optional(),
  plugins: z.array(z.looseObject({ name: text.min(1), source: z.unknown(), ...parts, mcpServers: z.unknown().optional(), hooks: z.unknown().optional() })),
});

export type OwnManifest = z.output<typeof ownManifest>;
export type PluginManifest = z.output<typeof plugin>;
export type Marketplace = z.output<typeof marketplace>;

function readManifest<S extends z.ZodType>(tree: Tree, path: string, shown: string, schema: S): z.output<S> | undefined {
  if (tree.typeAt(path) === undefined) return undefined;
  const fail = (line: number | null, message: string): AiwgError => new AiwgError("config_invalid", `${shown}${line === null ? "" : `:${line}`}: ${message}`);
  const file = tree.read(path);
  if ("problem" in file) throw fail(null, file.problem);
  const source = textOf(file.bytes);
  if (source === undefined) throw fail(null, "is not UTF-8 text");
  const document = parseJsonc(source);
  if ("fault" in document) throw fail(document.line, document.fault);
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fail(document.lineOf(issue?.path ?? []), `${jsonPointer(issue?.path ?? []) || "/"}: ${issue?.message ?? "is not valid"}`);
}

/** bundle.jsonc; undefined where there is none. Throws `config_invalid`, naming file and line. */
export const readOwnManifest = (tree: Tree, path: string, shown: string): OwnManifest | undefined => readManifest(tree, path, shown, ownManifest);

/** plugin.json; undefined where there is none. Throws `config_invalid`, naming file and line. */
export const readPluginManifest = (tree: Tree, path: string, shown: string): PluginManifest | undefined => readManifest(tree, path, shown, plugin);

/** marketplace.json; undefined where there is none. Throws `config_invalid`, naming file and line. */
export const readMarketplace = (tree: Tree, path: string, shown: string): Marketplace | undefined => readManifest(tree, path, shown, marketplace);
