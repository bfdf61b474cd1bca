// A throw-away repository and home in which a client runs one turn, and what can be seen of it. Must not know which client it is.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Json, JsonObject } from "../../../src/context/model.ts";
import type { ScopeName } from "../../../src/context/platform.ts";
import type { Act, ClientRow } from "./client.ts";
import type { Recorded, Recorder } from "./recorder.ts";
import { processesWith } from "../sandbox.ts";

const LIMIT_MS = 180_000;

// Whatever is not on loopback is refused at once, where it would otherwise wait for a name to be resolved.
const NOWHERE = "http://127.0.0.1:9";
const OFFLINE = { HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE, https_proxy: NOWHERE, http_proxy: NOWHERE, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };

export type Turn = {
  readonly prompt?: string;
  /** Done by the model in this order, paths relative to the repository. */
  readonly acts?: readonly Act[];
  /** More arguments, or with `command` all of them (a listing command instead of a turn). */
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly trusted?: boolean;
};

export type Seen = {
  readonly code: number | null;
  readonly output: string;
  readonly recorded: readonly Recorded[];
  /** Requests for anything but an answer of the model. */
  readonly others: readonly string[];
};

export type Scene = {
  /** Holds everything else. */
  readonly dir: string;
  readonly repo: string;
  readonly home: string;
  /** Writes files of the repository, or of the home with `~/` before the path. */
  put(files: Readonly<Record<string, string>>): void;
  /** Takes files of the repository away. */
  remove(paths: readonly string[]): void;
  run(client: ClientRow, programs: string, turn: Turn): Promise<Seen>;
  /** Text of a file of the repository or home, or "". */
  text(path: string): string;
  close(): void;
};

function resolved(act: Act, repo: string): Act {
  if ("read" in act) return { read: join(repo, act.read) };
  if ("write" in act) return { write: join(repo, act.write), text: act.text };
  return act;
}

const isTable = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** `above` put into `below`, key by key. */
function merged(below: Json | undefined, above: Json): Json {
  if (!isTable(below) || !isTable(above)) return above;
  return { ...below, ...Object.fromEntries(Object.entries(above).map(([key, value]) => [key, merged(below[key], value)])) };
}

/** A file that a client needs and may write, too. */
function withStart(start: string | JsonObject, theirs: string): string {
  if (typeof start === "string") return theirs.includes(start) ? theirs : `${start}\n${theirs}`;
  return JSON.stringify(merged(JSON.parse(theirs || "{}") as Json, start));
}

/** Makes both folders, for deploys of this scope; the repository has one commit. */
export function createScene(recorder: Recorder, scope: ScopeName): Scene {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-context-")));
  const repo = join(dir, "repo");
  const home = join(dir, "home");
  const at = (path: string): string => (path.startsWith("~/") ? join(home, path.slice(2)) : join(repo, path));
  const put = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    }
  };
  mkdirSync(repo);
  mkdirSync(home);
  const base: NodeJS.ProcessEnv = { HOME: home, TMPDIR: dir, LANG: "C.UTF-8", NO_COLOR: "1", TERM: "dumb", ...OFFLINE };
  const git = (args: readonly string[]): void => {
    execFileSync("git", args, { cwd: repo, env: { ...base, PATH: process.env["PATH"] ?? "" }, stdio: "ignore" });
  };
  put({ "readme.txt": "A repository.\n" });
  git(["init", "-q", "-b", "main"]);
  git(["add", "."]);
  git(["-c", "user.name=Tester", "-c", "user.email=tester@localhost", "commit", "-qm", "Start"]);
  const text = (path: string): string => {
    try {
      return readFileSync(at(path), "utf8");
    } catch {
      return "";
    }
  };
  return {
    dir,
    repo,
    home,
    put,
    text,
    remove(paths) {
      for (const path of paths) rmSync(at(path), { force: true });
    },
    close() {
      // Some leave a daemon for the next turn; whoever has this home is of a client that ran here.
      for (const line of processesWith(`HOME=${home}`)) killOne(Number.parseInt(line, 10));
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
    async run(client, programs, turn) {
      const trusted = turn.trusted ?? true;
      for (const [path, start] of Object.entries(client.home({ url: recorder.url, repo, trusted, scope }))) {
        const theirs = text(`~/${path}`);
        const both = withStart(start, theirs);
        if (both !== theirs) put({ [`~/${path}`]: both });
      }
      recorder.play((turn.acts ?? []).map((act) => (tools) => client.act(resolved(act, repo), tools)));
      const env = {
        ...base,
        PATH: [programs, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
        ...client.env(recorder.url),
        ...(trusted ? client.trust : {}),
        ...turn.env,
      };
      const args = turn.command ?? client.turn(turn.prompt ?? "Say hello.", turn.args ?? []);
      const program = join(programs, client.package.id);
      const [first, ...rest] = client.through === undefined ? [program, ...args] : [process.execPath, client.through, program, ...args];
      const { code, output } = await runToEnd(first, rest, repo, env);
      return { code, output, recorded: recorder.recorded(), others: recorder.others() };
    },
  };
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is not there any more.
  }
}

function runToEnd(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    // A group of its own: some clients leave children behind.
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    const kill = (): void => {
      if (child.pid !== undefined) killOne(-child.pid);
    };
    const timer = setTimeout(() => {
      output += `\nstopped after ${LIMIT_MS} ms`;
      kill();
    }, LIMIT_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        if (output.length < 4_000_000) output += chunk.toString("utf8");
      });
    child.on("error", reject);
    // Whatever it left behind goes with it, or would keep the pipes open.
    child.on("exit", kill);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
