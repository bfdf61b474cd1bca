// Real folders for tests of the context half, made from a table of paths and contents. Must not know what the files mean.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of its own for one test. */
export type Ground = { readonly dir: string; readonly plant: (files: Readonly<Record<string, string | Uint8Array>>) => void; readonly remove: () => void };

/** Makes the folder; `plant` writes files below it, those whose content begins with `#!` executable. */
export function makeGround(): Ground {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-context-")));
  return {
    dir,
    plant: (files) => {
      for (const folder of new Set(Object.keys(files).map(dirname))) mkdirSync(join(dir, folder), { recursive: true });
      for (const [path, content] of Object.entries(files)) {
        writeFileSync(join(dir, path), content);
        if (typeof content === "string" && content.startsWith("#!")) chmodSync(join(dir, path), 0o755);
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
