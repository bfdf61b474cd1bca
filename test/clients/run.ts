// `npm run test:clients -- <client>…`: real coding agents against a scripted model. `--no-network` (Linux) proves that only
// loopback is needed: all but the first installation runs in a network namespace of its own. Must not know how a client is driven.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { createTally, type Tally } from "./tally.ts";

type Client = { readonly install: () => unknown; readonly attempt: (tally: Tally) => Promise<void> };

const CLIENTS: Readonly<Record<string, () => Promise<Client>>> = {
  claude: async () => (await import("./claude.ts")).claude,
  context: async () => (await import("./context.ts")).context,
};

function usage(problem: string): number {
  process.stderr.write(`${problem}\nusage: npm run test:clients -- [--no-network] <client>…   known clients: ${Object.keys(CLIENTS).join(", ")}\n`);
  return 2;
}

function runWithoutNetwork(names: readonly string[]): number {
  const again = ["-rn", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', process.execPath, import.meta.filename, ...names];
  return spawnSync("unshare", again, { stdio: "inherit" }).status ?? 1;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals: names } = parseArgs({ args: [...argv], allowPositionals: true, options: { "no-network": { type: "boolean", default: false } } });
  const unknown = names.filter((name) => !Object.hasOwn(CLIENTS, name));
  if (unknown.length > 0) return usage(`unknown client: ${unknown.join(", ")}`);
  if (names.length === 0) return usage("no client named");

  const tally = createTally();
  for (const name of names) {
    const client = await CLIENTS[name]?.();
    client?.install();
    if (values["no-network"]) continue;
    process.stdout.write(`── ${name} ──\n`);
    try {
      await client?.attempt(tally);
    } catch (error) {
      tally.check(`${name}: the whole run`, false, error instanceof Error ? error.stack : String(error));
    }
  }
  return values["no-network"] ? runWithoutNetwork(names) : tally.close();
}

process.exitCode = await main(process.argv.slice(2));
