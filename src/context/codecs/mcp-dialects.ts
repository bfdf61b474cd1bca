// How each dialect of JSON says an MCP server. Data only; what is done with it stands in mcp-entry.ts.
import type { Json } from "../model.ts";
import { isFlag, isNumber, type Check, type KnownKeys } from "./front-matter.ts";

export type McpDialect = {
  /** `type` of a server that is a program; none where absent. */
  readonly stdioType?: string;
  /** Program and arguments are one list under `command`. */
  readonly oneList?: boolean;
  /** Keys of the program and of the environment where they are not `command` and `env`. */
  readonly command?: string;
  readonly env?: string;
  /** Of a server that is reached by a URL: the key of the URL, and its `type`; null where the client does not speak it. */
  readonly http: Remote;
  readonly sse: Remote | null;
  /** `${name}` as the client writes it; null where it puts no variables in; as bundles write it where absent. */
  readonly variable?: ((name: string) => string) | null;
  /** How a server is switched off; a loss where absent. */
  readonly off?: "disabled" | "enabled";
  /** The entry says its own name. */
  readonly named?: boolean;
  /** Keys that mean nothing to us and that the client takes, with any value or one that passes its check. */
  readonly known?: KnownKeys;
  /** An entry whose keys all mean the same here is given back as it stands. */
  readonly asBundles?: boolean;
  /** What else the file must hold, by pointer. */
  readonly beside?: readonly { readonly at: `/${string}`; readonly value: Json }[];
};

type Remote = { readonly url: string; readonly type?: string };

const braces = (name: string): string => `\${${name}}`;
const ofEnv = (name: string): string => `\${env:${name}}`;
const url = { url: "url" } as const;

export const MCP_DIALECTS = {
  "claude-mcp": {
    http: { url: "url", type: "http" },
    sse: { url: "url", type: "sse" },
    known: ["timeout", "oauth", "headersHelper", "tools", "cwd"],
    asBundles: true,
  },
  "vscode-mcp": {
    stdioType: "stdio",
    http: { url: "url", type: "http" },
    sse: { url: "url", type: "sse" },
    variable: ofEnv,
    known: ["cwd", "envFile", "dev"],
  },
  // One wrong value in any entry stops OpenCode. Kilo Code has the same form.
  "opencode-mcp": {
    stdioType: "local",
    oneList: true,
    env: "environment",
    http: { url: "url", type: "remote" },
    sse: { url: "url", type: "remote" },
    variable: (name) => `{env:${name}}`,
    off: "enabled",
    known: new Map<string, Check>([
      ["enabled", isFlag],
      ["timeout", isNumber],
    ]),
  },
  "cursor-mcp": { stdioType: "stdio", http: url, sse: url, variable: ofEnv, known: ["envFile", "auth"] },
  // Gemini CLI and Qwen Code.
  "gemini-mcp": {
    http: { url: "httpUrl" },
    sse: url,
    variable: braces,
    known: ["cwd", "timeout", "trust", "description", "includeTools", "excludeTools", "oauth"],
  },
  "antigravity-mcp": { http: { url: "serverUrl" }, sse: { url: "serverUrl" }, variable: null, off: "disabled", known: ["disabledTools"] },
  "windsurf-mcp": { http: { url: "serverUrl" }, sse: { url: "serverUrl" }, variable: ofEnv, off: "disabled", known: ["disabledTools"] },
  "factory-mcp": {
    stdioType: "stdio",
    http: { url: "url", type: "http" },
    sse: { url: "url", type: "sse" },
    variable: braces,
    off: "disabled",
    known: ["timeout", "disabledTools"],
  },
  "roo-mcp": {
    http: { url: "url", type: "streamable-http" },
    sse: { url: "url", type: "sse" },
    variable: ofEnv,
    off: "disabled",
    known: ["cwd", "timeout", "alwaysAllow", "disabledTools", "watchPaths"],
  },
  "cline-mcp": {
    http: { url: "url", type: "streamableHttp" },
    sse: { url: "url", type: "sse" },
    variable: null,
    off: "disabled",
    known: ["timeout", "autoApprove"],
  },
  "kiro-mcp": { http: url, sse: url, variable: braces, off: "disabled", known: ["timeout", "autoApprove", "disabledTools"] },
  "openclaw-mcp": {
    http: { url: "url" },
    sse: { url: "url" },
    variable: braces,
    known: ["cwd", "timeout"],
  },
  // Amp, Augment, Junie and Warp.
  "plain-mcp": { http: url, sse: url, variable: braces, known: ["timeout", "cwd"] },
  "hermes-mcp": { http: url, sse: url, variable: braces, known: ["timeout", "connect_timeout", "enabled", "tools"] },
  "goose-mcp": {
    stdioType: "stdio",
    command: "cmd",
    env: "envs",
    http: { url: "uri", type: "streamable_http" },
    sse: { url: "uri", type: "sse" },
    variable: null,
    off: "enabled",
    named: true,
    known: ["timeout", "description", "bundled", "env_keys", "available_tools"],
  },
  "zed-mcp": { http: url, sse: url, variable: null, known: ["timeout"] },
  "muse-mcp": { http: url, sse: url, variable: null, beside: [{ at: "/schema_version", value: 1 }] },
} as const satisfies Readonly<Record<string, McpDialect>>;
