// Plays the demo: queues the missions, shows what serve says of them, and does the person's and the misfortune's part:
// answers, aborts, kills an executor and starts it again. Must not judge.
import { z } from "zod";
import type { Client } from "../../client/client.ts";
import { messageOf } from "../../core/errors.ts";
import { type Clock, sleep } from "../../core/time.ts";
import type { ServeEvent } from "../../mission/wire/events.ts";
import { isEnded } from "../outcome.ts";
import { ANSWER, SCENES, type Scene, type SceneName } from "./scenes.ts";
import type { Child, Stage } from "./stage.ts";

export type Cast = ReadonlyMap<string, Scene>;
export type Show = { event(scene: Scene, event: ServeEvent): void; aside(text: string): void };

/** How long the whole may take; what is not ended then is judged as it stands. */
const CURTAIN_MS = 50_000;
const BEFORE_ABORT_MS = 600;
const BEFORE_KILL_MS = 700;

const dispatched = z.object({ mission_id: z.string() });

export const executorArgs = (id: "one" | "two"): string[] => ["executor", "--id", id, "--agent", "fake", "--slots", id === "one" ? "4" : "1"];

/** Queues the five missions by the real command; gives their ids. */
export async function queueScenes(stage: Stage): Promise<Cast> {
  const queueOne = async (scene: Scene): Promise<[string, Scene]> => {
    const objective = [scene.title, ...scene.script].join("\n");
    const check = scene.check === undefined ? [] : ["--check", scene.check];
    const data = await stage.command(["mc", "dispatch", objective, "--agent", "fake", "--executor", scene.executor, ...check, ...scene.flags]);
    return [dispatched.parse(data).mission_id, scene];
  };
  // The first one makes the session that the others join.
  const [first, ...rest] = SCENES;
  const opening = first ? [await queueOne(first)] : [];
  return new Map([...opening, ...(await Promise.all(rest.map(queueOne)))]);
}

type Parts = {
  readonly stage: Stage;
  readonly client: Client;
  readonly cast: Cast;
  readonly two: Child;
  readonly show: Show;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

// What the demo itself does when something happens, each once.
function createParts({ stage, client, two, show, clock, signal }: Parts): (scene: Scene, event: ServeEvent) => Promise<void> {
  const played = new Set<SceneName>();
  const once = (name: SceneName): boolean => !played.has(name) && played.add(name) !== undefined;
  return async (scene, { event, data, mission_id: id = "" }) => {
    if (scene.name === "asked" && event === "mission.hitl_required" && once("asked")) {
      show.aside(`the demo answers "${ANSWER}"`);
      await client.answer(id, String(data["hitl_id"]), ANSWER);
    } else if (scene.name === "aborted" && event === "mission.started" && once("aborted")) {
      await sleep(BEFORE_ABORT_MS, signal, clock);
      show.aside("the demo asks to abort it");
      await client.abort(id, { reason: "the demo changed its mind" });
    } else if (scene.name === "recovered" && event === "mission.started" && once("recovered")) {
      await sleep(BEFORE_KILL_MS, signal, clock);
      show.aside(`the demo kills executor two: kill -9 ${two.process.pid ?? ""}`);
      await stage.kill(two);
      await stage.start("executor-two-again", executorArgs("two"));
      show.aside("executor two is started again");
    }
  };
}

/** Shows events until all five have ended, the time is over, or the signal fires. What the demo's own part threw is thrown. */
export async function play(parts: Parts): Promise<void> {
  const { client, cast, show, clock, signal } = parts;
  const act = createParts(parts);
  const over = new AbortController();
  const cancel = clock.after(CURTAIN_MS, () => over.abort());
  const either = AbortSignal.any([signal, over.signal]);
  const left = new Set(cast.keys());
  const acts: Promise<void>[] = [];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let after = 0;
  const stream = async (): Promise<void> => {
    while (left.size > 0 && !either.aborted) {
      try {
        for await (const item of client.events({ after }, either)) {
          if (item.kind !== "event") continue;
          const { event } = item;
          after = event.seq;
          const scene = cast.get(event.mission_id ?? "");
          if (!scene) continue;
          show.event(scene, event);
          acts.push(act(scene, event).catch(failed.reject));
          if (event.state !== undefined && isEnded(event.state)) left.delete(event.mission_id ?? "");
          if (left.size === 0) return;
        }
      } catch (error) {
        show.aside(messageOf(error));
      }
      await sleep(200, either, clock);
    }
  };
  try {
    await Promise.race([stream().then(() => Promise.all(acts)), failed.promise, parts.stage.broken]);
  } finally {
    over.abort();
    cancel();
  }
}
