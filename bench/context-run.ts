// One deploy of a project by some tool, and the same again, timed from outside. Files are counted by `find`, not by the tools.
// Must not know which tool it is.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Scratch } from "./scratch.ts";

/** Folders of one run; the source may be the project itself. */
export type Place = { readonly project: string; readonly home: string; readonly source: string };
/** Milliseconds of both runs, files that the first made, files that the second touched. */
export type Deployed = { readonly coldMs: number; readonly files: number; readonly againMs: number; readonly touched: number };
/** Node's arguments for the first run and the next. */
export type Lines = { readonly first: readonly string[]; readonly again: readonly string[] };

const BOUND_MS = 120_000;

function run(args: readonly string[], { project, home }: Place): number {
  const env = { PATH: process.env["PATH"], HOME: home, NO_COLOR: "1", CI: "1", DO_NOT_TRACK: "1", DISABLE_TELEMETRY: "1" };
  const started = performance.now();
  execFileSync(process.execPath, args, { cwd: project, env, stdio: ["ignore", "ignore", "pipe"], timeout: BOUND_MS, maxBuffer: 64 * 1_024 * 1_024 });
  return performance.now() - started;
}

// `find` knows nothing of what a tool says that it did.
function count(project: string, ...tests: readonly string[]): number {
  return execFileSync("find", [project, "-path", "*/.git", "-prune", "-o", "-type", "f", ...tests, "-print"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "").length;
}

/** Runs both, one after the other. Throws where one of them fails. */
export function deployTwice(scratch: Scratch, place: Place, { first, again }: Lines): Deployed {
  const before = count(place.project);
  const coldMs = run(first, place);
  const files = count(place.project) - before;
  const mark = join(scratch.folder(), "mark");
  mkdirSync(mark);
  const againMs = run(again, place);
  return { coldMs, files, againMs, touched: count(place.project, "-newercm", mark) };
}
