// `aiwg up` in the background: a process of its own that outlives this one, its log in a file, seen to answer before we
// leave. Must not know what `up` starts.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { z } from "zod";
import { isErrorCode } from "../client/errors.ts";
import { AiwgError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { entryPath } from "../core/node/entry.ts";
import { makePrivateDir } from "../core/node/fs.ts";
import { inert } from "../core/text.ts";
import { sleep } from "../core/time.ts";
import type { Cli } from "./command.ts";

const READY_WITHIN_MS = 30_000;
const MAX_LOG = 16 * 1024 * 1024;
const TAIL_LINES = 5;

const upSchema = z.looseObject({
  url: z.string(),
  pid: z.int(),
  executor_id: z.string(),
  slots: z.int(),
  agents: z.array(z.string()),
  session_code: z.string(),
});
/** What `up --json` says once it is up. */
export type UpData = z.output<typeof upSchema>;

const saidSchema = z.union([
  z.looseObject({ data: upSchema }),
  z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }) }),
]);

/** The file that a background `up` logs to. */
export function upLogPath(state: string): string {
  return join(state, "up.log");
}

// One older log is kept; what is written meanwhile goes on in the file it has open.
function openLogFile(path: string): number {
  makePrivateDir(dirname(path));
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG) {
    rmSync(`${path}.1`, { force: true });
    renameSync(path, `${path}.1`);
  }
  return openSync(path, "a", 0o600);
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("\n")) resolve(text);
    });
    child.stdout?.on("end", () => resolve(text));
  });
}

function tail(path: string): string {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return inert(lines.slice(-TAIL_LINES).join("\n"));
}

/** Starts `aiwg <args> --json` so that it goes on without us; resolves once it said that it is up. Throws what it failed with. */
export async function startInBackground(cli: Cli, args: readonly string[]): Promise<UpData> {
  const log = upLogPath(cli.places.state);
  const fd = openLogFile(log);
  const child = spawn(process.execPath, [entryPath("main"), ...args, "--json"], {
    cwd: cli.cwd,
    env: cli.env,
    detached: true,
    stdio: ["ignore", "pipe", fd],
  });
  closeSync(fd);
  const release = cli.signals.take(() => child.kill("SIGTERM"));
  const settled = new AbortController();
  const spawned = once(child, "spawn").catch((error: unknown) => {
    throw new AiwgError("internal", "the background process could not be started", { cause: error });
  });
  try {
    await spawned;
    const said = await Promise.race([firstLine(child), sleep(READY_WITHIN_MS, settled.signal, cli.clock)]);
    if (said === undefined) {
      child.kill("SIGTERM");
      throw new AiwgError("timeout", `aiwg up did not get ready within ${READY_WITHIN_MS / 1_000} s; its log ends with\n${tail(log)}`, { hint: `See ${log}.` });
    }
    const parsed = saidSchema.safeParse(parseJson(said)?.value);
    if (!parsed.success) throw new AiwgError("internal", `aiwg up ended at once; its log ends with\n${tail(log)}`, { hint: `See ${log}.` });
    if ("error" in parsed.data) {
      const { code, message, hint } = (parsed.data as { error: { code: string; message: string; hint: string } }).error;
      throw new AiwgError(isErrorCode(code) ? code : "internal", message, { hint });
    }
    return (parsed.data as { data: UpData }).data;
  } finally {
    settled.abort();
    release();
    // It writes nothing more to this pipe; neither it nor the handle keeps us here.
    child.stdout?.destroy();
    child.unref();
  }
}
