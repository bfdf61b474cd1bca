// The lines between an executor and the supervisor of a run: JSON, one message per line, both ways. Types only.

/** What to start: argv, never a shell. `env` is the whole environment, but for the run's marker, which the supervisor adds. */
export type Command = {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Text for stdin. */
  readonly input: string;
  /** Keep stdin open after `input`, for answers. */
  readonly open: boolean;
};

/** How a command ended. `error` says why it could not even be started. */
export type Exit = { readonly code: number | null; readonly signal: string | null; readonly error: string | null };

/** Executor → supervisor, on stdin. End of file means: the executor is gone, end everything. */
export type ToSupervisor =
  | ({ readonly t: "run" } & Command)
  | { readonly t: "input"; readonly text: string }
  /** Ends the command that runs, with its tree; it is reported as an exit. */
  | { readonly t: "kill"; readonly graceMs: number }
  /** Ends everything, and then the supervisor. */
  | { readonly t: "stop"; readonly graceMs: number }
  /** From `at` on (milliseconds of the host's monotonic clock, process.hrtime) nothing of the run may live; killing begins there. */
  | { readonly t: "lease"; readonly at: number; readonly graceMs: number };

/** Supervisor → executor, on its descriptor 3. */
export type FromSupervisor =
  | { readonly t: "ready" }
  | { readonly t: "out"; readonly fd: 1 | 2; readonly text: string }
  | ({ readonly t: "exit" } & Exit)
  /** The lease ran out: everything is being ended. */
  | { readonly t: "expired" };

/** Milliseconds of the clock that all processes of a host share while it runs. */
export function hostMonotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
