// `npm run test:clients -- <client>…`: real coding agents against a scripted model, offline but for their first installation.
// Must not know how any client is driven.
import { createTally, type Tally } from "./tally.ts";

const CLIENTS: Readonly<Record<string, () => Promise<(tally: Tally) => Promise<void>>>> = {
  claude: async () => (await import("./claude.ts")).tryClaude,
};

async function main(names: readonly string[]): Promise<number> {
  const known = Object.keys(CLIENTS);
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length === 0 || unknown.length > 0) {
    const what = unknown.length > 0 ? `unknown client: ${unknown.join(", ")}` : "no client named";
    process.stderr.write(`${what}\nusage: npm run test:clients -- <client>…   known: ${known.join(", ")}\n`);
    return 2;
  }
  const tally = createTally();
  for (const name of names) {
    process.stdout.write(`── ${name} ──\n`);
    try {
      const tryClient = await CLIENTS[name]?.();
      await tryClient?.(tally);
    } catch (error) {
      tally.check(`${name}: the whole run`, false, error instanceof Error ? error.stack : String(error));
    }
  }
  return tally.close();
}

process.exitCode = await main(process.argv.slice(2));
