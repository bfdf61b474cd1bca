// Where settings may stand: files and variables. Apart from their reader, which brings a schema library along that a command
// without any settings need not load. Must not read them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Env, Places } from "./paths.ts";

/** Variables by name, with where they stand in the config; lists are separated by commas. */
export const VARIABLES: readonly (readonly [name: string, path: readonly [string, string], kind: "text" | "number" | "list"])[] = [
  ["AIWG_SERVE_URL", ["serve", "url"], "text"],
  ["AIWG_SERVE_PORT", ["serve", "port"], "number"],
  ["AIWG_SERVE_BIND", ["serve", "bind"], "text"],
  ["AIWG_SERVE_STORE", ["serve", "store"], "text"],
  ["AIWG_LEASE_TTL", ["serve", "lease_ttl"], "text"],
  ["AIWG_HOLD_TTL", ["serve", "hold_ttl"], "text"],
  ["AIWG_EXECUTOR", ["executor", "id"], "text"],
  ["AIWG_SLOTS", ["executor", "slots"], "number"],
  ["AIWG_AGENT", ["mission", "agents"], "list"],
];

type At = { readonly places: Places; readonly root: string | undefined };

/** The files that may hold settings for a project, or for none. */
export function settingsFiles({ places, root }: At): { readonly user: string; readonly project: string | undefined } {
  return { user: places.userConfig, project: root === undefined ? undefined : join(root, ".aiwg", "aiwg.jsonc") };
}

/** True if anything may be set: no file, no variable, and all is as by default. */
export function hasSettings({ env, ...at }: At & { readonly env: Env }): boolean {
  const { user, project } = settingsFiles(at);
  return existsSync(user) || (project !== undefined && existsSync(project)) || VARIABLES.some(([name]) => Boolean(env[name]));
}
