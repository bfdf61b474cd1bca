// `npm run test:clients -- <client>…`: real coding agents against a scripted model; of `context`, those named by `--only`.
// `--no-network` (Linux) proves that only loopback is needed: all but the first installation runs in a network namespace of its
// own. Must not know how a client is driven.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { createTally, type Tally } from "./tally.ts";

type Client = { readonly install: (only: readonly string[]) => unknown; readonly attempt: (tally: Tally, only: readonly string[]) => Promise<void> };

const CLIENTS: Readonly<Record<string, () => Promise<Client>>> = {
  claude: async () => (await import("./claude.ts")).claude,
  context: async () => (await import("./context.ts")).context,
};

function usage(problem: string): number {
  process.stderr.write(
    `${problem}\nusage: npm run test:clients -- [--no-network] [--only <platform>]… <client>…   known clients: ${Object.keys(CLIENTS).join(", ")}\n`,
  );
  return 2;
}

function runWithoutNetwork(names: readonly string[], only: readonly string[]): number {
  const again = [
    "-rn",
    "sh",
    "-c",
    'ip link set lo up && exec "$0" "$@"',
    process.execPath,
    import.meta.filename,
    ...only.flatMap((id) => ["--only", id]),
    ...names,
  ];
  return spawnSync("unshare", again, { stdio: "inherit" }).status ?? 1;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals: names } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { "no-network": { type: "boolean", default: false }, only: { type: "string", multiple: true, default: [] } },
  });
  const unknown = names.filter((name) => !Object.hasOwn(CLIENTS, name));
  if (unknown.length > 0) return usage(`unknown client: ${unknown.join(", ")}`);
  if (names.length === 0) return usage("no client named");

  const tally = createTally();
  for (const name of names) {
    const client = await CLIENTS[name]?.();
    client?.install(values.only);
    if (values["no-network"]) continue;
    process.stdout.write(`── ${name} ──\n`);
    try {
      await client?.attempt(tally, values.only);
    } catch (error) {
      tally.check(`${name}: the whole run`, false, error instanceof Error ? error.stack : String(error));
    }
  }
  return values["no-network"] ? runWithoutNetwork(names, values.only) : tally.close();
}

process.exitCode = await main(process.argv.slice(2));
