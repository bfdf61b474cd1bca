// Puts a coding agent of an exact version into .cache/clients/, once. Must not know what is done with it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const cache = join(import.meta.dirname, "..", "..", ".cache", "clients");

/** A client as npm knows it. `postinstall` is a script of the package that must run to make it whole. */
export type ClientPackage = { readonly id: string; readonly name: string; readonly version: string; readonly postinstall?: string };

/** Installs if this very version is not there yet; answers with the folder of its programs. Needs a registry only then. */
export function installClient(client: ClientPackage): string {
  const home = join(cache, client.id);
  const folder = join(home, "node_modules", client.name);
  const manifest = join(folder, "package.json");
  const present = existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { version?: string }).version === client.version;
  if (!present) {
    mkdirSync(home, { recursive: true });
    process.stdout.write(`installing ${client.name}@${client.version}\n`);
    // Scripts stay off, also those of dependencies; the one that is needed is named.
    const args = ["install", "--prefix", home, "--no-save", "--no-audit", "--no-fund", "--include=optional", "--ignore-scripts"];
    execFileSync("npm", [...args, `${client.name}@${client.version}`], { cwd: home, stdio: ["ignore", "ignore", "inherit"] });
    if (client.postinstall !== undefined)
      execFileSync(process.execPath, [join(folder, client.postinstall)], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  }
  return join(home, "node_modules", ".bin");
}
