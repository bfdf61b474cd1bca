// An import on its way: what it looks at, how files and settings are read for it, and what it tells. Must not know what they mean.
import type { Diagnostic, Json, JsonObject } from "../model.ts";
import type { At, Locked } from "../output.ts";
import { textOf } from "../parse/document.ts";
import type { From } from "../parse/read-artifact.ts";
import type { Match } from "../parse/tree.ts";
import type { Platform, ScopeName } from "../platform.ts";
import { isJsonObject, readSettings, type Settings } from "./formats.ts";

/**
 * `root` is a real path, `bundle` the name of our own bundle, `platforms` which to look at, `written` what is ours already, `shown` how
 * messages name a path of the root.
 */
export type ImportOptions = {
  readonly root: string;
  readonly scope: ScopeName;
  readonly bundle: string;
  readonly platforms: readonly Platform[];
  readonly written: readonly Pick<Locked, "path" | "at">[];
  readonly shown: (path: string) => string;
};

/** An import on its way. `opened` are files of settings by path. */
export type Look = ImportOptions & {
  readonly from: From;
  readonly owned: (path: string, at: At) => boolean;
  readonly opened: Map<string, Settings | null>;
  readonly diagnostics: Diagnostic[];
};

/** A note that something stays a person's. */
export const staysNote = (path: string, message: string, line: number | null = null): Diagnostic => ({
  ...{ severity: "note", path, line },
  message: `stays as it is: ${message}`,
});

/** What matches a pattern of files, folders that stand in the place of one as well. */
export function matchesOf({ from: { tree } }: Pick<Look, "from">, pattern: string): readonly Match[] {
  const found = tree.match(pattern);
  const cut = pattern.lastIndexOf("/");
  const [folder, last] = [pattern.slice(0, Math.max(0, cut)), pattern.slice(cut + 1)];
  if (folder.includes("*") || last === "*") return found;
  const [before = "", after = ""] = last.split("*");
  const names = last.includes("*") ? tree.names(folder).filter((name) => name.startsWith(before) && name.endsWith(after)) : [last];
  const folders = names.map((name) => (folder === "" ? name : `${folder}/${name}`)).filter((path) => tree.typeAt(path) === "folder");
  return [...found, ...folders.map((path): Match => ({ path, name: null, problem: "is a folder" }))];
}

/** Why what stands at a path is no text that can be read; null for a good one, and for nothing there. */
export function problemAt(all: Pick<Look, "from">, path: string): string | null {
  const [match] = matchesOf(all, path);
  if (match === undefined || match.problem !== null) return match?.problem ?? null;
  const file = all.from.tree.read(path);
  return "problem" in file ? file.problem : textOf(file.bytes) === undefined ? "is not UTF-8 text" : null;
}

/** The settings in a file; null where there is none or it cannot be read, which is told once. */
export function settingsAt(all: Look, path: string): JsonObject | null {
  const { tree } = all.from;
  if (!all.opened.has(path)) {
    const problem = problemAt(all, path);
    const file = problem === null && tree.typeAt(path) === "file" ? tree.read(path) : undefined;
    const text = file === undefined || "problem" in file ? undefined : textOf(file.bytes);
    const settings = text === undefined ? null : readSettings(path, text);
    if (problem !== null) all.diagnostics.push(staysNote(all.shown(path), problem));
    if (settings !== null && "refused" in settings) all.diagnostics.push(staysNote(all.shown(path), settings.refused, settings.line));
    all.opened.set(path, settings);
  }
  const settings = all.opened.get(path) ?? null;
  return settings !== null && "value" in settings ? settings.value : null;
}

/** The value at keys of settings. */
export function valueAt(value: Json | undefined, keys: readonly string[]): Json | undefined {
  let at = value;
  for (const key of keys) at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}
