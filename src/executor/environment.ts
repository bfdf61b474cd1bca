// What of the executor's environment agents, checks and git get to see: an allow-list. Must not read process.env itself.
import type { Env } from "../core/node/paths.ts";
import type { AgentKind } from "./agents/agent.ts";

const BASE = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "TZ", "TMPDIR"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"],
]);

const isBase = (name: string): boolean => BASE.has(name) || name.startsWith("LC_");
const isClaude = (name: string): boolean => /^(?:ANTHROPIC_|CLAUDE_|DISABLE_)/.test(name) || name === "IS_SANDBOX";
const FURTHER: Readonly<Record<AgentKind, (name: string) => boolean>> = { cli: isClaude, command: () => false, fake: () => false };

function pick(env: Env, isAllowed: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && isAllowed(name)) picked[name] = value;
  return picked;
}

/** What every child gets; checks get no more than this. */
export function baseEnvironment(env: Env): Record<string, string> {
  return pick(env, isBase);
}

/** Base, what its kind needs, and the row's own `env`, which wins. Tokens of ours are never in it. */
export function agentEnvironment(env: Env, kind: AgentKind, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { AIWG_TOKEN: _, ...rest } = { ...pick(env, (name) => isBase(name) || FURTHER[kind](name)), ...own };
  return rest;
}

/** For our own git: the base, the user's ssh agent for clones, and nothing that asks or redirects. */
export function gitEnvironment(env: Env): Record<string, string> {
  return {
    ...pick(env, (name) => isBase(name) || name === "SSH_AUTH_SOCK"),
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C",
  };
}

const SECRET_NAME = /key|token|secret|passw(?:or)?d|credential/i;
/** Shorter values would be found in ordinary text. */
const MIN_SECRET = 8;

/** Values in an environment that look like secrets by their name. */
export function secretValues(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .filter(([name, value]) => SECRET_NAME.test(name) && value.length >= MIN_SECRET)
    .map(([, value]) => value);
}

const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s]*)@/i;
const MIN_PASSWORD = 4;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Passwords (and user names that stand alone, as tokens do) inside URLs in an environment, as written and decoded. */
export function urlSecrets(env: Readonly<Record<string, string>>): string[] {
  const found = Object.values(env).flatMap((value) => {
    const user = USER_INFO.exec(value)?.[1];
    if (user === undefined || user === "") return [];
    const colon = user.indexOf(":");
    if (colon < 0) return user.length >= MIN_SECRET ? [user] : [];
    const password = user.slice(colon + 1);
    return password.length >= MIN_PASSWORD ? [password, user] : password === "" ? [] : [user];
  });
  return [...new Set(found.flatMap((secret) => [secret, decoded(secret)]))];
}
