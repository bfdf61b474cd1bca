// What people call all the time loads little: a promise about modules, since one about milliseconds would be about the machine.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "..", "..", "src");

/** Every module that is loaded with these sources: what they import by value, near and far. */
function loadedBy(entries: readonly string[]): Set<string> {
  const loaded = new Set<string>();
  const left = entries.map((entry) => join(SRC, entry));
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    if (!path.startsWith(SRC)) continue;
    for (const [, named = ""] of readFileSync(path, "utf8").matchAll(/^(?:import|export) (?!type)[^;]*?from "([^"]+)";$/gm))
      left.push(named.startsWith(".") ? join(dirname(path), named) : named);
  }
  return loaded;
}

test("mc status, also one that asks serve, loads no schema library and no second HTTP client", () => {
  const loaded = loadedBy(["cli/main.ts", "cli/commands/mc-status.ts", "bridge/keep-alive.ts"]);
  expect(loaded).toContain(join(SRC, "client", "read-missions.ts"));
  for (const heavy of ["zod", "ws", "pino", "jsonc-parser", "node:http", "node:https"]) expect(loaded).not.toContain(heavy);
});

test("the walk sees what is loaded: queueing a mission does need schemas", () => {
  expect(loadedBy(["cli/commands/mc-dispatch.ts"])).toContain("zod");
});
