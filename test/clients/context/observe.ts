// What a client does with what lies in a scene, over three turns: a working one, one with a command, one that must be stopped.
// Must not know what was deployed where.
import { type CanaryBundle, FORBIDDEN, MATCHING, NAMES } from "./bundle.ts";
import type { Act, ClientRow } from "./client.ts";
import type { Recorded } from "./recorder.ts";
import type { Scene, Seen } from "./scene.ts";

export type Observation = {
  /** Requests before the model used any tool, and the last one, which holds the whole conversation. */
  readonly first: string;
  readonly last: string;
  /** Requests of the subagent. */
  readonly inner: readonly Recorded[];
  readonly second: string;
  /** Of the turn that starts no subagent, for which some clients run hooks too. */
  readonly secondHooks: readonly string[];
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

const TEXT_OF_NOTHING = { second: "", promptStopped: false, secondHooks: [] } as const;

/** Runs the working turn, and with `all` the two others too. */
export async function observe(scene: Scene, client: ClientRow, programs: string, bundle: CanaryBundle, all: boolean): Promise<Observation> {
  scene.remove(["allowed.txt", "forbidden.txt", "patched.txt"]);
  bundle.forget();
  const work = await scene.run(client, programs, { acts: ACTS });
  const hooks = bundle.hooked();
  const asked = own(work);
  const base = {
    first: bodies(asked.filter(({ results }) => results === 0)),
    last: asked.at(-1)?.body ?? "",
    inner: work.recorded.filter(({ inner }) => inner),
    served: bundle.served(),
    written: scene.text("allowed.txt").includes("fine"),
    forbiddenWritten: scene.text("forbidden.txt") !== "",
  };
  const short = (seen: Seen): string => `exit ${seen.code} ${seen.output.slice(-300)}`;
  if (!all) return { ...base, ...TEXT_OF_NOTHING, hooks, outputs: [short(work)] };
  bundle.forget();
  const second = await scene.run(client, programs, client.second(NAMES.command, NAMES.skill));
  const secondHooks = bundle.hooked();
  const stopped = await scene.run(client, programs, { prompt: `Say ${FORBIDDEN}.` });
  return {
    ...{ ...base, second: bodies(own(second)), secondHooks, hooks: [...hooks, ...secondHooks] },
    promptStopped: own(stopped).length === 0,
    outputs: [work, second, stopped].map(short),
  };
}

/** Runs one turn, for a look at what is loaded at all: bodies, hooks and servers as one text. */
export async function glance(scene: Scene, client: ClientRow, programs: string, bundle: CanaryBundle): Promise<string> {
  bundle.forget();
  const seen = await scene.run(client, programs, { acts: [{ read: MATCHING }] });
  const asked = own(seen).length;
  return `asked ${asked}\n${bodies(own(seen))}\n${bundle.hooked().join("\n")}\n${bundle.served()}`;
}
