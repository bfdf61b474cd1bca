// Where aiwg keeps its files (contract §5, Places). A value computed from the environment; must not touch the disk.
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import { AiwgError } from "../errors.ts";
import { oneLine } from "../text.ts";

/** All places of one user. */
export type Places = {
  readonly config: string;
  readonly state: string;
  readonly cache: string;
  readonly userConfig: string;
  readonly queue: string;
  readonly store: string;
  readonly token: string;
  readonly serveFile: string;
  readonly executor: string;
  readonly workspaces: string;
  readonly consent: string;
  /** Journal and lock of deploys in user scope, and the key that signs journals. */
  readonly context: string;
  /** What `--force` replaced. */
  readonly backup: string;
};

export type Env = Readonly<Record<string, string | undefined>>;

/** `AIWG_HOME` overrides all, else the XDG base directories (relative ones are ignored, as their specification says). Throws `usage` for a relative `AIWG_HOME`. */
export function placesOf(env: Env = process.env): Places {
  const home = env["AIWG_HOME"];
  // It would be another place in every folder, and make folders inside projects.
  if (home && !isAbsolute(home))
    throw new AiwgError("usage", `AIWG_HOME: "${oneLine(home, 80)}" is not an absolute path`, { hint: "Write it with a leading /, or unset it." });
  const base = (name: string, fallback: string): string => {
    const set = env[name];
    return join(set && isAbsolute(set) ? set : join(env["HOME"] || homedir(), fallback), "aiwg");
  };
  const config = home ? resolve(home, "config") : base("XDG_CONFIG_HOME", ".config");
  const state = home ? resolve(home, "state") : base("XDG_STATE_HOME", ".local/state");
  const cache = home ? resolve(home, "cache") : base("XDG_CACHE_HOME", ".cache");
  return {
    config,
    state,
    cache,
    userConfig: join(config, "aiwg.jsonc"),
    queue: join(state, "queue.db"),
    store: join(state, "serve.db"),
    token: join(state, "token"),
    serveFile: join(state, "serve.json"),
    executor: join(state, "executor"),
    workspaces: join(state, "workspaces"),
    consent: join(state, "consent.json"),
    context: join(state, "context"),
    backup: join(state, "backup"),
  };
}

/** A path as people know it: relative to the working folder if it lies below, else as it is. Never empty. */
export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === ".." || near.startsWith("../") || isAbsolute(near) ? path : near || ".";
}
