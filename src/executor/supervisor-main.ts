// The supervisor of one run, a process of its own that leads the run's process group: starts commands as it is told, and ends
// everything on command, when the lease is not refreshed in time, or when the executor is gone. Must not know missions.
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ownProcess } from "../core/node/processes.ts";
import { splitLines } from "./line-splitter.ts";
import { endTree, RUN_MARKER, type Tree } from "./process-tree.ts";
import { type Command, type FromSupervisor, hostMonotonicMs, type ToSupervisor } from "./supervisor-wire.ts";

const marker = process.env[RUN_MARKER] ?? "";
const tree: Tree = { leader: ownProcess(), marker };
// Not stdout: Node writes that synchronously to a pipe, and a stopped executor would then stop this process's timers too.
const out = new Socket({ fd: 3, readable: false, writable: true });
/** What background children of a command get to end by themselves once it has ended. */
const LEFTOVER_GRACE_MS = 500;
const ORPHAN_GRACE_MS = 2_000;
/** A pipe of an ended command that was silent for so long is empty: who still holds it has escaped, and is not waited for. */
const SILENT_MS = 250;
/** Nor is one that goes on talking. */
const DRAIN_MS = 2_000;
const DRAIN_POLL_MS = 25;
/** An executor that wrote this much without a line end is not ours. */
const MAX_LINE = 16 * 1024 * 1024;

let child: ChildProcess | undefined;
let ending = false;
/** When the command last said something, and when it last could not because the executor did not read. */
let heardAt = 0;
let heldAt = 0;
let cancelLease = (): void => {};

function send(message: FromSupervisor): boolean {
  return out.writable && out.write(`${JSON.stringify(message)}\n`);
}

async function endAll(graceMs: number): Promise<void> {
  if (ending) return;
  ending = true;
  cancelLease();
  await endTree(tree, graceMs);
  const exit = (): void => process.exit(0);
  // What was not read by now (a stopped or dead executor) is lost on purpose.
  setTimeout(exit, 250);
  out.end(exit);
}

function pipe(running: ChildProcess, stream: NodeJS.ReadableStream | null, fd: 1 | 2): void {
  if (stream === null) return;
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    heardAt = performance.now();
    if (send({ t: "out", fd, text }) || !out.writable) return;
    running.stdout?.pause();
    running.stderr?.pause();
  });
}

// Resolves when both pipes are at their end or there is nothing to be expected of them.
async function drained(running: ChildProcess): Promise<void> {
  const streams = [running.stdout, running.stderr].filter((stream) => stream !== null);
  let readable = 0;
  for (heldAt = 0, heardAt = performance.now(); streams.some((stream) => !stream.closed); readable += DRAIN_POLL_MS) {
    const isHeld = streams.some((stream) => stream.isPaused());
    if (isHeld) heldAt = performance.now();
    if (!out.writable || readable >= DRAIN_MS || performance.now() - Math.max(heardAt, heldAt) >= SILENT_MS) return;
    await delay(DRAIN_POLL_MS);
    if (isHeld) readable -= DRAIN_POLL_MS;
  }
}

function run(command: Command): void {
  const [program, ...args] = command.argv;
  const failed = (error: string): void => void send({ t: "exit", code: null, signal: null, error });
  if (program === undefined || child !== undefined) return failed("the supervisor was given nothing to start, or is busy");
  let started: ChildProcess;
  try {
    started = spawn(program, args, { cwd: command.cwd, env: { ...command.env, [RUN_MARKER]: marker }, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
  child = started;
  let reason: string | undefined;
  started.on("error", (error) => {
    reason ??= started.pid === undefined ? error.message : undefined;
  });
  // A command may end without reading its input.
  started.stdin?.on("error", () => {});
  if (command.open) started.stdin?.write(command.input);
  else started.stdin?.end(command.input);
  pipe(started, started.stdout, 1);
  pipe(started, started.stderr, 2);
  let isOver = false;
  const finish = async (code: number | null, signal: string | null): Promise<void> => {
    if (isOver) return;
    isOver = true;
    // Background children would keep the pipes open, and the turn is over.
    await endTree(tree, LEFTOVER_GRACE_MS);
    await drained(started);
    for (const stream of [started.stdin, started.stdout, started.stderr]) stream?.destroy();
    child = undefined;
    send({ t: "exit", code: reason === undefined ? code : null, signal, error: reason ?? null });
  };
  started.on("exit", (code, signal) => void finish(code, signal));
  // What could not be started has no exit.
  started.on("close", (code, signal) => void finish(code, signal));
}

function holdUntil(at: number, graceMs: number): void {
  cancelLease();
  const timer = setTimeout(
    () => {
      send({ t: "expired" });
      void endAll(graceMs);
    },
    Math.max(0, at - hostMonotonicMs()),
  );
  cancelLease = () => clearTimeout(timer);
}

function obey(message: ToSupervisor): void {
  if (ending) return;
  switch (message.t) {
    case "run":
      return run(message);
    case "input":
      child?.stdin?.write(message.text);
      return;
    case "kill":
      void endTree(tree, message.graceMs);
      return;
    case "stop":
      void endAll(message.graceMs);
      return;
    case "lease":
      return holdUntil(message.at, message.graceMs);
    default:
      return message satisfies never;
  }
}

out.on("error", () => {});
out.on("drain", () => {
  child?.stdout?.resume();
  child?.stderr?.resume();
});
// An agent's script may well signal its own process group.
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => {});

const lines = splitLines(MAX_LINE, (line) => obey(JSON.parse(line) as ToSupervisor));
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk: string) => lines.write(chunk));
process.stdin.on("end", () => void endAll(ORPHAN_GRACE_MS));
process.stdin.on("error", () => void endAll(ORPHAN_GRACE_MS));
send({ t: "ready" });
