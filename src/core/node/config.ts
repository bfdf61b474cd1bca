// Settings from files and environment: flag > AIWG_* > project > user > default (contract §5). A project's file comes from
// a repository and may not name where to connect or what to start. Must not know what the settings do.
import { z } from "zod";
import { AiwgError } from "../errors.ts";
import { parseJsonc } from "../jsonc.ts";
import { BUNDLE_NAME, BUNDLE_NAME_RULE } from "../names.ts";
import { SERVE_URL_RULE, isServeUrl } from "../serve-url.ts";
import { nearest, oneLine } from "../text.ts";
import { parseDuration } from "../time.ts";
import { readIfExists } from "./fs.ts";
import { type Env, type Places, shownPath } from "./paths.ts";
import { VARIABLES, settingsFiles } from "./settings.ts";

const word = z.string().min(1).max(256);
const count = (max: number) => z.int().min(1).max(max);
const msOf = (text: string): number => {
  try {
    return parseDuration(text, "duration");
  } catch {
    // Said by the rule for durations.
    return Infinity;
  }
};
const duration = z.string().superRefine((text, ctx) => {
  try {
    parseDuration(text, "duration");
  } catch {
    ctx.addIssue({ code: "custom", message: "must be a duration such as 500ms, 30s, 15m, 2h or 1d" });
  }
});

// One row of `agents` (contract §6).
const agent = z.strictObject({
  kind: z.enum(["command", "cli", "fake"]),
  command: z.array(z.string().min(1)).min(1),
  env: z.record(z.string(), z.string()).optional(),
  capabilities: z.array(word).optional(),
});

const filters = z.array(z.string().regex(/^(?:rule|skill|agent|command|behavior|mcp)[:/][^\s:/]+$/, "must be a kind and a name, such as skill:review"));
const bundles = z
  .array(
    z.strictObject({
      name: z.string().regex(BUNDLE_NAME, BUNDLE_NAME_RULE),
      source: z.string().min(1).max(4_096),
      include: filters.optional(),
      exclude: filters.optional(),
    }),
  )
  .superRefine((list, ctx) => {
    for (const [i, { name }] of list.entries()) {
      if (list.findIndex((other) => other.name === name) < i) ctx.addIssue({ code: "custom", path: [i, "name"], message: `"${name}" is there twice` });
    }
  });

/** All of the file, for what reads it and for the JSON schema that editors use. */
export const schema = z.strictObject({
  $schema: z.string().optional(),
  serve: z
    .strictObject({
      url: z.string().refine(isServeUrl, SERVE_URL_RULE).describe("Another serve; its token is AIWG_TOKEN").optional(),
      port: z.int().min(0).max(65_535).describe("Port, 0 for a free one (default: 7337)").optional(),
      bind: word.describe("Loopback address to listen on (default: 127.0.0.1)").optional(),
      store: word.describe("Another store file").optional(),
      lease_ttl: duration
        .refine((text) => msOf(text) >= 100, "must be at least 100ms")
        .describe("How long an executor may be silent, on_lost retry, such as 30s (the default)")
        .optional(),
      hold_ttl: duration.describe("The same, on_lost hold, such as 15m (the default)").optional(),
      retention: duration
        .describe("How long after its end a mission is archived, such as 30d (the default): it can be read then, but neither retried nor changed")
        .optional(),
    })
    .optional(),
  executor: z
    .strictObject({ id: word.optional(), slots: count(100_000).optional(), agents: z.array(word).optional(), repo_roots: z.array(word).optional() })
    .optional(),
  bridge: z
    .strictObject({
      poll_interval_ms: count(3_600_000).optional(),
      retry_base_ms: count(60_000).optional(),
      max_attempts: count(1_000_000).optional(),
      concurrency: count(1_024).optional(),
    })
    .optional(),
  agents: z.record(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "must be 1-64 of a-z 0-9 . _ -"), agent).optional(),
  mission: z
    .strictObject({ agents: z.array(word).min(1).max(16).optional(), max_iterations: count(1_000).optional(), wall_clock: duration.optional() })
    .optional(),
  platforms: z.array(word).optional(),
  bundles: bundles.optional(),
  gitignore: z.enum(["none", "exclude", "file"]).optional(),
  models: z.record(word, z.strictObject({ reasoning: word.optional(), coding: word.optional(), fast: word.optional() })).optional(),
});

/** Every setting; an absent one has the default of the room that reads it. */
export type Config = z.output<typeof schema>;

// What a cloned repository may say: nothing that connects, listens, stores or starts.
const PROJECT_KEYS: readonly string[] = ["$schema", "mission", "platforms", "bundles", "gitignore", "models"];

function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let at: z.ZodType = schema;
  for (const key of path) {
    const inner: z.ZodType = at instanceof z.ZodOptional ? (at.unwrap() as z.ZodType) : at;
    if (inner instanceof z.ZodObject) at = (inner.shape[String(key)] as z.ZodType | undefined) ?? z.never();
    else if (inner instanceof z.ZodRecord) at = inner.valueType as z.ZodType;
    else if (inner instanceof z.ZodArray) at = inner.element as z.ZodType;
    else return [];
  }
  const inner = at instanceof z.ZodOptional ? at.unwrap() : at;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

type Complain = (path: readonly PropertyKey[], message: string, hint?: string) => AiwgError;

function validate(value: unknown, complain: Complain): Config {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const known = keysAt(issue.path);
    const like = nearest(key, known);
    throw complain(
      [...issue.path, key],
      `unknown key "${oneLine([...issue.path, key].join("."), 80)}"`,
      like ? `Did you mean "${like}"?` : `Known here: ${known.join(", ")}.`,
    );
  }
  throw complain(issue?.path ?? [], `"${issue?.path.join(".") ?? ""}": ${issue?.message ?? "is not valid"}`);
}

/** Reads one file; `undefined` where there is none. Throws `config_invalid`, naming file and line. */
export function readConfigFile(path: string, shown: string, owner: "user" | "project"): Config | undefined {
  const text = readIfExists(path);
  if (text === undefined) return undefined;
  const parsed = parseJsonc(text);
  if ("fault" in parsed) throw new AiwgError("config_invalid", `${shown}:${parsed.line}: ${parsed.fault}`, { hint: "Correct the text there." });
  const { value } = parsed;
  const complain: Complain = (at, message, hint) =>
    new AiwgError("config_invalid", `${shown}:${parsed.lineOf(at)}: ${message}`, hint === undefined ? {} : { hint });
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw complain([], "must be an object");
  const foreign = owner === "project" ? Object.keys(value).find((key) => !PROJECT_KEYS.includes(key) && keysAt([]).includes(key)) : undefined;
  if (foreign !== undefined) {
    throw complain(
      [foreign],
      `a project's config may not set "${foreign}": where to connect, what to store and which programs to start are the user's to say`,
      "Move it to the aiwg.jsonc of your own configuration folder.",
    );
  }
  return validate(value, complain);
}

function fromEnv(env: Env): Config {
  const value: Record<string, Record<string, unknown>> = {};
  const names = new Map<string, string>();
  for (const [name, [section, key], kind] of VARIABLES) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    const parsed = kind === "list" ? text.split(",").map((part) => part.trim()) : kind === "number" && /^\d+$/.test(text) ? Number(text) : text;
    value[section] = { ...value[section], [key]: parsed };
    names.set(`${section}.${key}`, name);
  }
  return validate(value, (path, message) => {
    const name = names.get(path.slice(0, 2).join(".")) ?? "environment";
    return new AiwgError("config_invalid", `${name}: ${message.replace(/^"[^"]*": /, "")}`, { hint: "Correct the variable, or unset it." });
  });
}

type Section = "serve" | "executor" | "bridge" | "mission";
function layered<S extends Section>(name: S, layers: readonly Config[]): Config[S] {
  return Object.assign({}, ...layers.map((layer) => layer[name] ?? {})) as Config[S];
}

/** The settings that hold for a project (or for none): environment over project over user. Throws `config_invalid`. */
export function loadConfig(input: { readonly places: Places; readonly root: string | undefined; readonly env: Env; readonly cwd: string }): Config {
  const shown = (path: string): string => shownPath(path, input.cwd);
  const { user: userFile, project: file } = settingsFiles(input);
  const user = readConfigFile(userFile, shown(userFile), "user");
  const project = file === undefined ? undefined : readConfigFile(file, shown(file), "project");
  const layers = [user ?? {}, project ?? {}, fromEnv(input.env)];
  return {
    serve: layered("serve", layers),
    executor: layered("executor", layers),
    bridge: layered("bridge", layers),
    mission: layered("mission", layers),
    agents: { ...user?.agents },
  };
}
