// One deploy of a project by some tool, and the same again, timed from outside. Files are counted by `find`, not by the tools.
// Must not know which tool it is.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../src/core/errors.ts";
import type { Scratch } from "./scratch.ts";

/** Folders of one run; the source may be the project itself. */
export type Place = { readonly project: string; readonly home: string; readonly source: string };
/** Milliseconds of both runs, files that the first made, files that the second touched. */
export type Deployed = { readonly coldMs: number; readonly files: number; readonly againMs: number; readonly touched: number };
/** Node's arguments for the first run and the next. */
export type Lines = { readonly first: readonly string[]; readonly again: readonly string[] };

const BOUND_MS = 120_000;

function run(args: readonly string[], { project, home }: Place, fits: boolean): number {
  const env = { PATH: process.env["PATH"], HOME: home, NO_COLOR: "1", CI: "1", DO_NOT_TRACK: "1", DISABLE_TELEMETRY: "1" };
  const started = performance.now();
  const { status, error, stderr } = spawnSync(process.execPath, args, {
    ...{ cwd: project, env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"], timeout: BOUND_MS, maxBuffer: 64 * 1_024 * 1_024 },
  });
  if (status !== 0 && (fits || status !== 1))
    throw error ?? new AiwgError("internal", `${args.join(" ")} ended with ${String(status)}: ${stderr.slice(-2_000)}`);
  return performance.now() - started;
}

// `find` knows nothing of what a tool says that it did.
function count(project: string, ...tests: readonly string[]): number {
  return execFileSync("find", [project, "-path", "*/.git", "-prune", "-o", "-type", "f", ...tests, "-print"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "").length;
}

/** Runs both, one after the other. Throws where one of them fails; where not all `fits`, leaving something out (exit 1) is no failure. */
export function deployTwice(scratch: Scratch, place: Place, { first, again }: Lines, fits = true): Deployed {
  const before = count(place.project);
  const coldMs = run(first, place, fits);
  const files = count(place.project) - before;
  const mark = join(scratch.folder(), "mark");
  mkdirSync(mark);
  const againMs = run(again, place, fits);
  return { coldMs, files, againMs, touched: count(place.project, "-newercm", mark) };
}
