// What a client is to the tests: package, environment that keeps it offline and free of credentials, how to run one turn, which
// of its tools read, write and run. Must not know what is put in front of it, nor any client.
import type { BehaviorEvent, JsonObject } from "../../../src/context/model.ts";
import type { ScopeName } from "../../../src/context/platform.ts";
import type { ClientPackage } from "../install.ts";
import type { Turn } from "./scene.ts";
import { INNER } from "./recorder.ts";
import type { Reply } from "./wire.ts";

/** What the model is to do in a turn; each client has a tool of its own for it. */
export type Act =
  | { readonly read: string }
  | { readonly write: string; readonly text: string }
  | { readonly run: string }
  | { readonly skill: string }
  | { readonly agent: string };

export type Place = { readonly url: string; readonly repo: string; readonly trusted: boolean; readonly scope: ScopeName };

export type ClientRow = {
  readonly package: ClientPackage;
  /** Our program that runs a turn, given the client's and the turn's arguments, for a client that has no command which ends with the turn. */
  readonly through?: string;
  readonly env: (url: string) => Readonly<Record<string, string>>;
  /** Files of the home folder that it needs: text, with a person's own put after it, or members of JSON, put into what stands there. */
  readonly home: (place: Place) => Readonly<Record<string, string | JsonObject>>;
  /** Arguments of one turn without questions. */
  readonly turn: (prompt: string, more: readonly string[]) => readonly string[];
  /** Environment that says: this folder is trusted. */
  readonly trust: Readonly<Record<string, string>>;
  /** The turn that shows a command's body, and a skill's where a person calls it; with a client that has neither, a turn of a model with more tools. */
  readonly second: (command: string, skill: string) => Turn;
  readonly act: (act: Act, tools: readonly string[]) => Reply;
  /** Files of a project in which it leaves this behind by itself once everything else is taken out. */
  readonly leaves?: Readonly<Record<string, RegExp>>;
  /** Events that its hooks must show in the working turn and the second one, where they are not `EVENTS`. */
  readonly events?: readonly BehaviorEvent[];
};

/** What most clients show; a compaction is not part of a turn, and not every client ends a session with it. */
export const EVENTS: readonly BehaviorEvent[] = ["session.start", "prompt", "tool.before", "tool.after", "file.written", "agent.stop"];

// Long on purpose: some clients mask short keys wherever their letters occur.
export const KEY = "sk-scripted-0123456789abcdef0123456789abcdef";

export const inner = { description: "An inner task", prompt: INNER };
