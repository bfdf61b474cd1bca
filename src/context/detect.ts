// Which platforms are in use in a project, by the files they leave there. Must not decide what follows from it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "./platform.ts";

/** Ids of those of `platforms` with a marker in the project at `root`, in their order. Reads the disk; writes nothing. */
export function detectPlatforms(root: string, platforms: readonly Platform[]): readonly string[] {
  return platforms.filter(({ detect }) => detect.some((path) => existsSync(join(root, path)))).map(({ id }) => id);
}
