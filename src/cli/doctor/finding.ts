// What an examination says: one finding per thing looked at, with what would mend it. Must not look at anything itself.
import type { Cli } from "../command.ts";

export type Finding = {
  /** Stable, for programs: `git`, `agent.claude`, `file.token`. */
  readonly id: string;
  /** `warn` is worth knowing and no fault; `fail` is wrong. */
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** What a person can do. */
  readonly hint?: string;
  /** What `--fix` does: in words, and as a deed. Safe to repeat. */
  readonly fix?: { readonly what: string; readonly apply: () => void | Promise<void> };
};

/** Looks at one area; what it throws becomes a finding of its own. */
export type Examination = { readonly id: string; readonly examine: (cli: Cli) => Promise<readonly Finding[]> | readonly Finding[] };
