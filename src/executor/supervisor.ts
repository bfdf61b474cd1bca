// The executor's handle to the supervisor of one run: start, one command at a time, lease, stop. Must not know missions.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Duplex, Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { AiwgError } from "../core/errors.ts";
import { entryPath } from "../core/node/entry.ts";
import { type ProcessId, startOf } from "../core/node/processes.ts";
import { splitLines } from "./line-splitter.ts";
import { endRun, RUN_MARKER } from "./process-tree.ts";
import { type Command, type Exit, type FromSupervisor, hostMonotonicMs, type ToSupervisor } from "./supervisor-wire.ts";

/** How a supervisor ended: told to, because the lease ran out, or by somebody else's hand. */
export type SupervisorEnd = "stopped" | "expired" | "died";

export type Supervisor = {
  readonly id: ProcessId;
  /** Runs one command to its end, its background children included. Rejects with agent_failed if the supervisor ended meanwhile. */
  run(command: Command, onOutput: (fd: 1 | 2, text: string) => void): Promise<Exit>;
  /** Text for the stdin of the command that runs. */
  input(text: string): void;
  /** Ends the command that runs: TERM, after `graceMs` KILL. */
  kill(graceMs: number): void;
  /** Killing begins `remainingMs()` from now unless this is called again, and takes up to `graceMs`. */
  lease(remainingMs: () => number, graceMs: number): void;
  /** Ends everything and resolves once no process is left. */
  stop(graceMs: number): Promise<void>;
  /** Resolves when the supervisor has ended and nothing of its tree is left. */
  readonly ended: Promise<SupervisorEnd>;
};

/** What a stopped supervisor gets on top of the grace before it is killed itself. */
const STOP_SLACK_MS = 1_500;
const MAX_LINE = 8 * 1024 * 1024;

/** Starts a supervisor that leads its own group and session. `errorsTo` is a file for what it cannot say over its pipe. */
export function startSupervisor(options: {
  readonly marker: string;
  readonly env: Readonly<Record<string, string>>;
  readonly errorsTo: string;
  /** Called at once when the lease ran out, before the command that runs is reported as ended. */
  readonly onExpired: () => void;
}): Promise<Supervisor> {
  const errors = openSync(options.errorsTo, "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [entryPath("supervisor")], {
      detached: true,
      env: { ...options.env, [RUN_MARKER]: options.marker },
      stdio: ["pipe", "ignore", errors, "pipe"],
    });
  } finally {
    closeSync(errors);
  }
  const { pid, stdin } = child;
  const messages = child.stdio[3] as Duplex | null | undefined;
  if (pid === undefined || stdin === null || !messages) {
    return new Promise((_, reject) => {
      child.on("error", (error) => reject(new AiwgError("agent_failed", `the supervisor could not be started: ${error.message}`, { cause: error })));
    });
  }
  return attach(child, stdin, messages, { pid, start: startOf(pid) ?? "" }, options);
}

type Hooks = { readonly marker: string; readonly onExpired: () => void };
type Running = { readonly onOutput: (fd: 1 | 2, text: string) => void; readonly resolve: (exit: Exit) => void; readonly reject: (error: AiwgError) => void };

function attach(child: ChildProcess, stdin: NodeJS.WritableStream, messages: Readable, id: ProcessId, options: Hooks): Promise<Supervisor> {
  const tree = { leader: id, marker: options.marker };
  let running: Running | undefined;
  let end: SupervisorEnd = "died";
  let isGone = false;
  const send = (message: ToSupervisor): void => {
    if (!isGone) stdin.write(`${JSON.stringify(message)}\n`);
  };
  stdin.on("error", () => {});
  child.on("error", () => {});

  return new Promise((resolveReady, rejectReady) => {
    const take = (message: FromSupervisor): void => {
      if (message.t === "ready") resolveReady(handle);
      else if (message.t === "out") running?.onOutput(message.fd, message.text);
      else if (message.t === "expired") {
        end = "expired";
        options.onExpired();
      } else {
        const { resolve } = running ?? {};
        running = undefined;
        resolve?.({ code: message.code, signal: message.signal, error: message.error });
      }
    };
    const lines = splitLines(MAX_LINE, (line) => take(JSON.parse(line) as FromSupervisor));
    messages.setEncoding("utf8");
    messages.on("data", (chunk: string) => lines.write(chunk));
    messages.on("error", () => {});

    const ended = new Promise<SupervisorEnd>((resolveEnded) => {
      child.on("close", () => {
        isGone = true;
        // Whatever it was that ended the supervisor: nothing of the run may outlive it.
        void endRun(tree, 0).then(() => {
          const error = new AiwgError("agent_failed", "the supervisor of the run ended before the command did");
          running?.reject(error);
          running = undefined;
          rejectReady(error);
          resolveEnded(end);
        });
      });
    });

    const handle: Supervisor = {
      id,
      ended,
      run(command, onOutput) {
        return new Promise((resolve, reject) => {
          if (isGone) return reject(new AiwgError("agent_failed", "the supervisor of the run is gone"));
          running = { onOutput, resolve, reject };
          send({ t: "run", ...command });
        });
      },
      input: (text) => send({ t: "input", text }),
      kill: (graceMs) => send({ t: "kill", graceMs }),
      lease(remainingMs, graceMs) {
        // The host's clock is read first: a pause between the two readings then shortens the lease instead of stretching it.
        const now = hostMonotonicMs();
        send({ t: "lease", at: now + remainingMs(), graceMs });
      },
      async stop(graceMs) {
        if (end === "died") end = "stopped";
        send({ t: "stop", graceMs });
        const cancel = new AbortController();
        const late = delay(graceMs + STOP_SLACK_MS, "late", { signal: cancel.signal }).catch(() => "cancelled");
        if ((await Promise.race([ended, late])) === "late") await endRun(tree, 0);
        cancel.abort();
        await ended;
      },
    };
  });
}
