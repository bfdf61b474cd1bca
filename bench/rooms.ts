// The programs of aiwg as people start them, in a home of their own. Must not measure.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AiwgError } from "../src/core/errors.ts";
import type { Program, Scratch } from "./scratch.ts";

export type Home = { readonly path: string; readonly queue: string; readonly store: string };
export type ServeProgram = { readonly program: Program; readonly url: string; readonly token: string };

const BOUND_MS = 30_000;

export function makeHome(scratch: Scratch): Home {
  const path = scratch.folder();
  return { path, queue: join(path, "state", "queue.db"), store: join(path, "state", "serve.db") };
}

function startRoom(scratch: Scratch, aiwg: string, home: Home, args: readonly string[]): Program {
  const env = { ...process.env, HOME: home.path, AIWG_HOME: home.path, NO_COLOR: "1" };
  return scratch.start(process.execPath, [aiwg, ...args], { env, cwd: home.path, stdio: ["ignore", "ignore", "pipe"] });
}

/** `aiwg serve` on a free port; resolves once it says where it is. */
export async function startServe(scratch: Scratch, aiwg: string, home: Home): Promise<ServeProgram> {
  const program = startRoom(scratch, aiwg, home, ["serve", "--port", "0", "--hold-ttl", "1h"]);
  const file = join(home.path, "state", "serve.json");
  const end = performance.now() + BOUND_MS;
  while (!existsSync(file)) {
    if (performance.now() > end || program.child.exitCode !== null) throw new AiwgError("unreachable", "serve did not start");
    await sleep(20);
  }
  const { url } = JSON.parse(readFileSync(file, "utf8")) as { url: string };
  return { program, url, token: readFileSync(join(home.path, "state", "token"), "utf8").trim() };
}

/** `aiwg mc bridge`, with the concurrency that is its default. */
export function startBridge(scratch: Scratch, aiwg: string, home: Home): Program {
  return startRoom(scratch, aiwg, home, ["mc", "bridge"]);
}
