// Brings the peers of bench/package.json, exactly as its lock names them, when they are not there. Must not run scripts of theirs.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AiwgError, messageOf } from "../src/core/errors.ts";

const folder = import.meta.dirname;

function versionOf(name: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Installs what is missing; answers with the versions of the peers. Throws `unreachable` when npm cannot. */
export function installPeers(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  if (Object.entries(dependencies).every(([name, version]) => versionOf(name) === version)) return dependencies;
  try {
    execFileSync("npm", ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"], { stdio: ["ignore", "ignore", "pipe"], timeout: 180_000 });
  } catch (error) {
    throw new AiwgError("unreachable", `npm could not install the peers: ${messageOf(error)}`, { cause: error });
  }
  return dependencies;
}
