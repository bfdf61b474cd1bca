// What a client does with what lies in a scene, over three turns: a working one, one with a command, one that must be stopped.
// Must not know what was deployed where.
import { type CanaryBundle, FORBIDDEN, MATCHING, NAMES } from "./bundle.ts";
import type { Act, ClientRow } from "./clients.ts";
import type { Recorded } from "./recorder.ts";
import type { Scene, Seen } from "./scene.ts";

export type Observation = {
  /** Requests before the model used any tool, and after it. */
  readonly first: string;
  readonly later: string;
  /** Requests of the subagent. */
  readonly inner: readonly Recorded[];
  readonly second: string;
  readonly firstHooks: readonly string[];
  readonly hooks: readonly string[];
  readonly served: string;
  readonly written: boolean;
  readonly forbiddenWritten: boolean;
  readonly promptStopped: boolean;
  /** For a failed assertion. */
  readonly outputs: readonly string[];
};

const ACTS: readonly Act[] = [
  { read: MATCHING },
  { skill: NAMES.skill },
  { agent: NAMES.agent },
  { write: "allowed.txt", text: "fine" },
  { write: "forbidden.txt", text: FORBIDDEN },
  { run: "true" },
];

const own = (seen: Seen): readonly Recorded[] => seen.recorded.filter(({ tools, inner }) => tools.length > 0 && !inner);
const bodies = (recorded: readonly Recorded[]): string => recorded.map(({ body }) => body).join("\n");

/** Runs the client three times. */
export async function observe(scene: Scene, client: ClientRow, programs: string, bundle: CanaryBundle): Promise<Observation> {
  scene.remove(["allowed.txt", "forbidden.txt", "patched.txt"]);
  bundle.forget();
  const work = await scene.run(client, programs, { acts: ACTS });
  const firstHooks = bundle.hooked();
  const written = scene.text("allowed.txt").includes("fine");
  const forbiddenWritten = scene.text("forbidden.txt") !== "";
  const second = await scene.run(client, programs, client.second(NAMES.command));
  const stopped = await scene.run(client, programs, { prompt: `Say ${FORBIDDEN}.` });
  return {
    first: bodies(own(work).filter(({ results }) => results === 0)),
    later: bodies(own(work).filter(({ results }) => results > 0)),
    inner: work.recorded.filter(({ inner }) => inner),
    second: bodies(own(second)),
    ...{ firstHooks, hooks: bundle.hooked(), served: bundle.served(), written, forbiddenWritten },
    promptStopped: own(stopped).length === 0,
    outputs: [work, second, stopped].map(({ code, output }) => `exit ${code} ${output.slice(0, 300)} … ${output.slice(-300)}`),
  };
}

/** Runs one turn, for a look at what is loaded at all: bodies, hooks and servers as one text. */
export async function glance(scene: Scene, client: ClientRow, programs: string, bundle: CanaryBundle): Promise<string> {
  bundle.forget();
  const seen = await scene.run(client, programs, { acts: [{ read: MATCHING }] });
  const asked = own(seen).length;
  return `asked ${asked}\n${bodies(own(seen))}\n${bundle.hooked().join("\n")}\n${bundle.served()}`;
}
