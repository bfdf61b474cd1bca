// `npm run build`: the sources as they are published, in dist/: bundled JavaScript, the types of the public entry,
// the licenses of what was bundled. `--out DIR` builds elsewhere. Must not know what the programs do.
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";
import { licenseText } from "./licenses.ts";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { out: { type: "string" } } });
const out = resolve(values.out ?? join(root, "dist"));

// src/core/node/entry.ts looks for these names beside its own chunk, so everything lies flat in dist/.
const ENTRIES = {
  main: "src/cli/main.ts",
  supervisor: "src/executor/supervisor-main.ts",
  "fake-agent": "src/executor/agents/fake-main.ts",
  dispatch: "src/bridge/dispatch.ts",
  client: "src/client/index.ts",
  context: "src/context/index.ts",
};
// Those that other programs import.
const PUBLIC = [ENTRIES.dispatch, ENTRIES.client, ENTRIES.context];

/** Writes the bundle; answers with the files that went into it. */
async function bundle(): Promise<string[]> {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(root, path)])),
    cwd: root,
    platform: "node",
    // jsonc-parser's UMD main breaks when bundled.
    resolve: { mainFields: ["module", "main"] },
    // Optional native speed-ups of ws; absent ones are caught there.
    external: ["bufferutil", "utf-8-validate"],
  });
  const { output } = await build.write({
    dir: out,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    minify: { compress: true, mangle: false, codegen: false },
  });
  await build.close();
  return output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
}

// Declarations name each other with the endings of their sources.
function reachable(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const [, path] of readFileSync(entry, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)\.[tj]s"/g)) reachable(join(dirname(entry), `${path}.d.ts`), seen);
  return seen;
}

/** The declarations of the public entries and what they need, nothing else: a consumer has none of our dependencies. */
function emitTypes(): void {
  const scratch = mkdtempSync(join(root, "node_modules", ".aiwg-types-"));
  const types = join(out, "types");
  try {
    const config = join(scratch, "tsconfig.json");
    const compilerOptions = { noEmit: false, emitDeclarationOnly: true, declaration: true, rootDir: join(root, "src"), outDir: types };
    writeFileSync(
      config,
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files: PUBLIC.map((path) => join(root, path)) }),
    );
    execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", config], { stdio: "inherit" });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const needed = new Set<string>();
  for (const path of PUBLIC) reachable(join(types, relative("src", path)).replace(/\.ts$/, ".d.ts"), needed);
  for (const path of globSync("**/*.d.ts", { cwd: types }).map((name) => join(types, name))) if (!needed.has(path)) rmSync(path);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const modules = await bundle();
emitTypes();
writeFileSync(join(out, "THIRD_PARTY_LICENSES.txt"), licenseText(modules));
process.stdout.write(`built ${out}\n`);
