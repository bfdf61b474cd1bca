// Where our own further programs lie (the supervisor, the scripted agent): beside the sources in a checkout,
// beside the bundle in an installed package. Must not start them.
import { fileURLToPath } from "node:url";

const SOURCES = { main: "../../cli/main.ts", supervisor: "../../executor/supervisor-main.ts", "fake-agent": "../../executor/agents/fake-main.ts" } as const;
export type Entry = keyof typeof SOURCES;

/** Absolute path of the program that `process.execPath` should run. */
export function entryPath(entry: Entry): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith(".ts") ? SOURCES[entry] : `./${entry}.js`, here));
}
