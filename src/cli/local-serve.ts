// Which serve is meant, and with which token: the one that AIWG_SERVE_URL names, else the local one while its process
// lives and is ours. Must not keep anything, nor send anything.
import { existsSync } from "node:fs";
import { isAiwgError } from "../core/errors.ts";
import type { Config } from "../core/node/config.ts";
import type { Env, Places } from "../core/node/paths.ts";
import { liveServe } from "../core/node/serve-file.ts";
import type { Target, TargetFault } from "../core/target.ts";
import { loadLocalToken } from "../serve/token-file.ts";

/** A target and whose token it carries: `admin` is the local one, to be exchanged by whoever keeps running. */
export type Meant = (Target & { readonly local: boolean }) | TargetFault;

export type Where = { readonly places: Places; readonly env: Env; readonly config: Config; /** `--aiwg-serve`. */ readonly url?: string | undefined };

function named(url: string, env: Env): Meant {
  const token = env["AIWG_TOKEN"];
  if (!token) return { fault: `${url} is named as serve, but AIWG_TOKEN is not set: the local token is never sent elsewhere` };
  if (!/^[\u0021-\u007e]+$/.test(token)) return { fault: "AIWG_TOKEN holds characters that no token has" };
  return { url, token, local: false };
}

/** The serve that is meant now, or why there is none; reads files, so ask again after a change. */
export function meantServe({ places, env, config, url }: Where): Meant {
  const file = liveServe(places.serveFile);
  const other = url ?? config.serve?.url;
  if (other !== undefined && !(file && sameOrigin(other, file.url) && !env["AIWG_TOKEN"])) return named(other, env);
  if (!file) return { fault: "no serve runs here" };
  if (!existsSync(places.token)) return { fault: `serve runs at ${file.url}, but its token file is missing` };
  try {
    return { url: file.url, token: loadLocalToken(places.token), local: true };
  } catch (error) {
    if (isAiwgError(error)) return { fault: error.message };
    throw error;
  }
}

function sameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}
