// aiwg as it is published, built into a folder of its own: what people run is what is measured. Must not measure.
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Scratch } from "./scratch.ts";

const root = join(import.meta.dirname, "..");

/** Builds the sources of this checkout; answers with the path of the command. */
export function buildAiwg(scratch: Scratch): string {
  const folder = scratch.folder();
  execFileSync(process.execPath, [join(root, "scripts", "build.ts"), "--out", join(folder, "dist")], { stdio: ["ignore", "ignore", "inherit"] });
  for (const name of ["bin", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  return join(folder, "bin", "aiwg.js");
}
