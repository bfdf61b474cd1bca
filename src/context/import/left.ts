// Notes of what a person has in forms that are not read back: why, and how it is shared all the same. Must not take anything over.
import { textBesideOurs } from "./beside.ts";
import { isJsonObject, readToml } from "./formats.ts";
import { type Look, matchesOf, problemAt, settingsAt, staysNote, valueAt } from "./look.ts";
import type { Spot } from "./places.ts";

function notesOfText(all: Look, path: string, why: string): void {
  const { from, shown, diagnostics } = all;
  const problem = problemAt(all, path);
  if (problem !== null) return void diagnostics.push(staysNote(shown(path), problem));
  const text = textBesideOurs(from.tree, path);
  if (text === "") return;
  if (!path.endsWith(".toml")) return void diagnostics.push(staysNote(shown(path), why));
  const config = readToml(text);
  if ("refused" in config) return void diagnostics.push(staysNote(shown(path), config.refused));
  const servers = config.value["mcp_servers"];
  for (const name of isJsonObject(servers) ? Object.keys(servers) : []) diagnostics.push(staysNote(shown(path), `server "${name}": ${why}`));
}

/** Tells of what stands at a place that is not read back, once for each file; nothing for what is ours. */
export function notesOfTheirs(all: Look, { path, keys, kind }: Spot, why: string): void {
  if (kind === "rule" || kind === "mcp") return notesOfText(all, path, why);
  if (keys === null) {
    for (const match of matchesOf(all, path)) if (!all.owned(match.path, null)) all.diagnostics.push(staysNote(all.shown(match.path), match.problem ?? why));
    return;
  }
  const settings = settingsAt(all, path);
  const hooks = settings === null ? undefined : valueAt(settings, keys);
  const isOurs = all.written.some((line) => line.path === path && line.at?.startsWith(`/${keys.join("/")}`));
  if (isJsonObject(hooks) && Object.keys(hooks).length > 0 && !isOurs) all.diagnostics.push(staysNote(all.shown(path), why));
}
