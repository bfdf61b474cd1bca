// Sources of a test's own: git repositories with any tree, archives with any entry, servers on loopback that behave badly.
// Must not know what a test expects.
import { execFileSync } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { fetchBundle, type Fetched, type Pin } from "../../src/context/sources/fetch.ts";
import { FETCH_LIMITS, type FetchLimits } from "../../src/context/sources/limits.ts";

/** Folders that go when the test ends; `outside` is what nobody may touch. */
export type Ground = { readonly dir: string; readonly cache: string; readonly home: string; readonly work: string; readonly outside: string };

export function newGround(): Ground {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-sources-")));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const [cache, home, work, outside] = ["cache", "home", "work", "outside"].map((name) => join(dir, name)) as [string, string, string, string];
  for (const folder of [home, work, outside]) mkdirSync(folder);
  return { dir, cache, home, work, outside };
}

export type Wish = { readonly name?: string; readonly pin?: Pin; readonly limits?: Partial<FetchLimits>; readonly env?: Readonly<Record<string, string>> };

/** Fetches as a command would; `lines` has what it said. */
export async function fetchFrom(
  ground: Ground,
  source: string,
  { name, pin, limits, env }: Wish = {},
): Promise<Fetched & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const deps = {
    env: { PATH: process.env["PATH"], HOME: ground.home, ...env },
    ...{ cache: ground.cache, base: ground.work, home: ground.home, say: (line: string) => void lines.push(line) },
    limits: { ...FETCH_LIMITS, idleMs: 10_000, ...limits },
  };
  const fetched = await fetchBundle(source, { pin: pin ?? null, deps, ...(name !== undefined && { name }) });
  return { ...fetched, lines };
}

/** What the cache holds: revisions, and what a run left half done. */
export function cached(ground: Ground): readonly string[] {
  try {
    return readdirSync(join(ground.cache, "sources"));
  } catch {
    return [];
  }
}

const IDENTITY = [
  "-c",
  "user.name=t",
  "-c",
  "user.email=t@t.invalid",
  "-c",
  "init.defaultBranch=main",
  "-c",
  "core.protectNTFS=false",
  "-c",
  "core.protectHFS=false",
];

/** Runs git; `input` is its stdin. */
export function git(cwd: string, args: readonly string[], input = ""): string {
  return execFileSync("git", [...IDENTITY, ...args], { cwd, input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 }).trim();
}

/** A bare repository. `commit` makes a commit on main of these files: mode, then content; any path that git can hold. */
export function newRepo(ground: Ground, name = "team"): { readonly folder: string; readonly url: string; commit(files: readonly TreeFile[]): string } {
  const folder = join(ground.dir, `${name}.git`);
  git(ground.dir, ["init", "-q", "--bare", folder]);
  return {
    folder,
    url: `git+file://${folder}`,
    commit(files) {
      const stream = files.map(({ path, text, mode = "100644" }) => {
        const head = mode === "160000" ? `M 160000 ${text} ${JSON.stringify(path)}\n` : "";
        const bytes = Buffer.byteLength(text);
        return head || `M ${mode} inline ${JSON.stringify(path)}\ndata ${bytes}\n${text}\n`;
      });
      git(
        folder,
        ["fast-import", "--quiet", "--force"],
        `commit refs/heads/main\ncommitter t <t@t> ${Date.now()} +0000\ndata 1\nx\ndeleteall\n${stream.join("")}\n`,
      );
      return git(folder, ["rev-parse", "main"]);
    },
  };
}

export type TreeFile = { readonly path: string; readonly text: string; readonly mode?: "100644" | "100755" | "120000" | "160000" };

export type TarEntry = {
  readonly path: string;
  readonly text?: string;
  readonly type?: string;
  readonly target?: string;
  readonly size?: number;
  readonly mode?: number;
};

function field(block: Buffer, at: number, length: number, text: string): void {
  block.write(text.slice(0, length), at, length, "latin1");
}

/** One entry of a tar archive, whatever it says: no library would write these. `size` may differ from the text. */
export function tarEntry({ path, text = "", type = "0", target = "", size = Buffer.byteLength(text), mode = 0o644 }: TarEntry): Buffer {
  const head = Buffer.alloc(512);
  head.write(path, 0, 100, "utf8");
  field(head, 100, 8, `${mode.toString(8).padStart(7, "0")}\0`);
  field(head, 108, 16, "0000000\0".repeat(2));
  field(head, 124, 12, `${size.toString(8).padStart(11, "0")}\0`);
  field(head, 136, 12, "00000000000\0");
  field(head, 148, 8, "        ");
  field(head, 156, 1, type);
  field(head, 157, 100, target);
  field(head, 257, 8, "ustar\u000000");
  const sum = head.reduce((all, byte) => all + byte, 0);
  field(head, 148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  const body = Buffer.from(text);
  return Buffer.concat([head, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A gzipped archive of these entries. */
export function tgz(entries: readonly TarEntry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]));
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** An HTTP server that ends with the test; answers with its address. */
export async function serveHttp(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const port = await listening(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `http://127.0.0.1:${port}`;
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listening(server);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

/** A server that takes connections and never says a word; answers with its port. */
export async function serveSilence(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  const port = await listening(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return port;
}

export const SKILL = "---\nname: a\ndescription: does a\n---\nSteps.\n";
