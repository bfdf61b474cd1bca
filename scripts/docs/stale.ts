// Which generated pages differ from what lies on disk. Must not write.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Generator } from "./generators.ts";

/** The pages whose file under `root` is missing or another text, with the text they should have. */
export async function findStalePages(generators: readonly Generator[], root: string): Promise<{ readonly path: string; readonly text: string }[]> {
  const pages = await Promise.all(generators.map(async ({ path, generate }) => ({ path, text: await generate() })));
  return pages.filter(({ path, text }) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
}
