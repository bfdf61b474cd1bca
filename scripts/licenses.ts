// The licenses of bundled packages as one text. Must not know how they were bundled.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGE_DIR = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

type Manifest = { readonly name: string; readonly version: string; readonly license?: string };

function section(dir: string): string {
  const manifest = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as Manifest;
  const texts = globSync("{licen[sc]e,LICEN[SC]E,Licen[sc]e,NOTICE}*", { cwd: dir }).toSorted();
  const body = texts.map((name) => readFileSync(join(dir, name), "utf8").trim()).join("\n\n");
  return `${manifest.name} ${manifest.version} (${manifest.license ?? "see below"})\n\n${body || "(the package carries no license file)"}\n`;
}

/** One section for each package that a module path lies in, sorted by folder. */
export function licenseText(modulePaths: readonly string[]): string {
  const dirs = new Set(modulePaths.flatMap((path) => PACKAGE_DIR.exec(path)?.[0] ?? []));
  return [...dirs]
    .toSorted()
    .map(section)
    .join(`\n${"-".repeat(80)}\n\n`);
}
