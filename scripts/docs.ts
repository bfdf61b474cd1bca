// `npm run docs`: writes the generated pages of docs/. `npm run check` says which of them are not up to date.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GENERATORS } from "./docs/generators.ts";
import { findStalePages } from "./docs/stale.ts";

const root = join(import.meta.dirname, "..");
const stale = await findStalePages(GENERATORS, root);
for (const { path, text } of stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
process.stdout.write(stale.length > 0 ? `wrote ${stale.map(({ path }) => path).join(", ")}\n` : "docs are up to date\n");
