// A package of the user's npm registry as an archive. npm itself fetches it, with the user's registry and credentials; no script of the
// package ever runs, and no configuration of a project is read. Must not know what the archive holds.
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import type { Env } from "../../core/node/paths.ts";
import { humanBytes, oneLine } from "../../core/text.ts";
import type { FetchLimits } from "./limits.ts";
import { runProgram } from "./program.ts";
import type { NpmSpec } from "./spec.ts";

const CAUSES: readonly (readonly [pattern: RegExp, code: "forbidden" | "not_found" | "source_unusable" | "unreachable", hint: string])[] = [
  [/E404|ETARGET|ENOVERSIONS|is not in this registry|No matching version/, "not_found", "Check the name and the version."],
  [/EINTEGRITY/, "source_unusable", "The registry sent another archive than it announced."],
  [/E401|E403|ENEEDAUTH/, "forbidden", "Log in with npm login, then run it again."],
];

// npm's own pauses between attempts add up to more than a minute, in silence.
const PAUSES = { npm_config_fetch_retry_mintimeout: "1000", npm_config_fetch_retry_maxtimeout: "5000" } as const;
const OPTIONS = ["--ignore-scripts", "--json", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--logs-max=0", "--workspaces=false"];

type Packed = { readonly version: string; readonly filename: string; readonly integrity: string };

function packedOf(stdout: string): Packed | undefined {
  const value = parseJson(stdout)?.value;
  // A list, or in later versions an object by name.
  const row: unknown = typeof value === "object" && value !== null ? Object.values(value)[0] : undefined;
  if (typeof row !== "object" || row === null || !("version" in row) || !("filename" in row) || !("integrity" in row)) return undefined;
  const { version, filename, integrity } = row;
  return typeof version === "string" && typeof filename === "string" && typeof integrity === "string" ? { version, filename, integrity } : undefined;
}

/**
 * The version that the range names now, or `wanted`, and its archive. `folder` is scratch space. Throws `unreachable`, `timeout`,
 * `forbidden`, `not_found`, `too_large`, `source_unusable`.
 */
export async function fetchNpm(
  place: {
    readonly spec: NpmSpec;
    readonly shown: string;
    readonly folder: string;
    readonly env: Env;
    readonly limits: FetchLimits;
    readonly told: (bytes: number) => void;
  },
  wanted: string | null,
): Promise<{ readonly rev: string; readonly bytes: Buffer }> {
  const { spec, shown, folder, env, limits, told } = place;
  mkdirSync(folder, { recursive: true });
  // A cache that nobody else writes to: its growth is all that npm shows of a download.
  const args = ["pack", ...OPTIONS, `--cache=${join(folder, "cache")}`, `--pack-destination=${folder}`, "--", `${spec.name}@${wanted ?? spec.range}`];
  const ran = await runProgram({
    ...{ program: "npm", args, cwd: folder, env: { ...env, ...PAUSES, npm_config_update_notifier: "false" }, shown, maxOutput: limits.packedBytes },
    ...{ idleMs: limits.idleMs, totalMs: limits.totalMs, grows: { folder, maxBytes: limits.contentBytes }, told },
  });
  if (ran.code !== 0) {
    const said = `${ran.stderr}\n${ran.stdout.toString()}`;
    const [, code, hint] = CAUSES.find(([pattern]) => pattern.test(said)) ?? [null, "unreachable", "Check your network and npm's registry, then run it again."];
    const line = /"summary": "((?:[^"\\]|\\.)+)"/.exec(said)?.[1] ?? said.split("\n").find((one) => /npm (?:error|ERR!)/.test(one)) ?? "it said nothing";
    throw new AiwgError(code, `${shown} cannot be fetched: ${oneLine(line.replaceAll("\\n", " "), 300)}`, { hint: `${hint} Nothing was written.` });
  }
  const packed = packedOf(ran.stdout.toString());
  if (packed === undefined || packed.filename.includes("/")) throw new AiwgError("source_unusable", `${shown}: npm pack answered what is not understood`);
  const file = join(folder, packed.filename);
  if (statSync(file).size > limits.packedBytes)
    throw new AiwgError("too_large", `${shown} is larger than ${humanBytes(limits.packedBytes)}; nothing was written`);
  const bytes = readFileSync(file);
  if (`sha512-${hash("sha512", bytes, "base64")}` !== packed.integrity)
    throw new AiwgError("source_unusable", `${shown}: the archive is not the one that npm checked`);
  return { rev: packed.version, bytes };
}
