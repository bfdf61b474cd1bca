// The licenses of bundled packages as one text. Must not know how they were bundled.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGE_DIR = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

type Package = { readonly name: string; readonly version: string; readonly license: string; readonly text: string };

function readPackage(dir: string): Package {
  const { name, version, license = "no SPDX id" } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as Partial<Package>;
  const files = globSync("{licen[sc]e,LICEN[SC]E,Licen[sc]e,NOTICE}*", { cwd: dir }).toSorted();
  return { name: name ?? dir, version: version ?? "", license, text: files.map((file) => readFileSync(join(dir, file), "utf8").trim()).join("\n\n") };
}

function bodyOf(own: Package, all: readonly Package[]): string {
  if (own.text !== "") return own.text;
  const other = all.find((candidate) => candidate.license === own.license && candidate.text !== "");
  if (other === undefined) return "(the package carries no license text)";
  return `(the package carries no license text; this is ${own.license} as ${other.name} carries it)\n\n${other.text}`;
}

/** One section for each package that a module path lies in, sorted by folder. */
export function licenseText(modulePaths: readonly string[]): string {
  const dirs = new Set(modulePaths.flatMap((path) => PACKAGE_DIR.exec(path)?.[0] ?? []));
  const packages = [...dirs].toSorted().map(readPackage);
  return packages.map((own) => `${own.name} ${own.version} (${own.license})\n\n${bodyOf(own, packages)}\n`).join(`\n${"-".repeat(80)}\n\n`);
}
