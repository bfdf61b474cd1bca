// The demo's verdict: read back from serve's events and from the branches of the project, not from what was shown.
// Must not print, nor change anything.
import type { Client } from "../../client/client.ts";
import type { ServeEvent } from "../../mission/wire/events.ts";
import type { Mission } from "../../mission/wire/http.ts";
import type { Cast } from "./direct.ts";
import { type Fact, type Scene, SCENES } from "./scenes.ts";
import type { Stage } from "./stage.ts";

export type Verdict = {
  readonly title: string;
  readonly mission_id: string;
  readonly state: string;
  readonly verified: boolean | null;
  readonly branch: string | null;
  readonly commit: string | null;
  /** `git log --oneline` of what the branch has beyond main. */
  readonly log: readonly string[];
  readonly facts: readonly Fact[];
};

// Every event that serve has now, oldest first.
async function readEvents(client: Client): Promise<ServeEvent[]> {
  const events: ServeEvent[] = [];
  const enough = new AbortController();
  let head = 0;
  for await (const item of client.events({ after: 0 }, enough.signal)) {
    if (item.kind === "hello") head = item.head;
    else if (item.kind === "event") events.push(item.event);
    if ((events.at(-1)?.seq ?? 0) >= head) enough.abort();
  }
  return events;
}

async function branchFacts(scene: Scene, { result }: Mission, stage: Stage): Promise<Fact[]> {
  const quiet = (...args: string[]): Promise<string | undefined> => stage.git(...args).catch(() => undefined);
  const branch = result?.branch ?? undefined;
  if (scene.file === undefined) return [{ claim: "reported no result", ok: result === undefined || result.verified !== true }];
  const [path, text] = scene.file;
  const ref = branch === undefined ? undefined : `refs/heads/${branch}`;
  return [
    { claim: "its checks passed (verified)", ok: result?.verified === true },
    { claim: "its branch stands at the commit that was reported", ok: ref !== undefined && (await quiet("rev-parse", ref)) === result?.commit },
    { claim: `${path} is on its branch`, ok: ref !== undefined && (await quiet("show", `${ref}:${path}`)) === text },
    { claim: "main was not touched", ok: (await quiet("rev-list", "--count", "main")) === "1" && (await quiet("status", "--porcelain")) === "" },
  ];
}

/** Judges every mission, in the order of the scenes. */
export async function judge(client: Client, cast: Cast, stage: Stage): Promise<Verdict[]> {
  const events = await readEvents(client);
  const judgeOne = async ([id, scene]: [string, Scene]): Promise<Verdict> => {
    const mission = await client.mission(id);
    const own = events.filter((event) => event.mission_id === id);
    const { verified = null, branch = null, commit = null } = mission.result ?? {};
    const log = branch === null ? "" : await stage.git("log", "--oneline", `main..refs/heads/${branch}`).catch(() => "");
    const facts = [...scene.facts(own), ...(await branchFacts(scene, mission, stage))];
    return { title: scene.title, mission_id: id, state: mission.state, verified, branch, commit, log: log === "" ? [] : log.split("\n"), facts };
  };
  const entries = [...cast].toSorted(([, a], [, b]) => SCENES.indexOf(a) - SCENES.indexOf(b));
  return Promise.all(entries.map(judgeOne));
}
