import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { type Ran, aiwg, jsonOf, makePlace } from "./rig.ts";

// Missions that one serve had taken, and the next one, whose store is new, does not know.
let place: ReturnType<typeof makePlace>;
let up: AiwgProcess;
const BOUND_MS = 25_000;
type Row = { readonly session_id: string; readonly state: string; readonly reason: string; readonly abort_requested: boolean };

const mc = (...args: string[]): Promise<Ran> => aiwg(place, ["mc", ...args]);
const rowOf = async (id: string): Promise<Row | undefined> => (jsonOf(await mc("status", id, "--json")).data as { missions: Row[] }).missions[0];
const reaches = (id: string, is: (row: Row) => boolean): Promise<Row> =>
  eventually(
    async () => {
      const row = await rowOf(id);
      return row && is(row) && row;
    },
    BOUND_MS,
    () => `${id}\n${up.output()}`,
  );
const begin = async (command: string, ready: string): Promise<void> => {
  up = startAiwg(place.home, [command, "--port", "0"], place.work);
  await eventually(
    () => up.output().includes(ready),
    BOUND_MS,
    () => up.output(),
  );
};
const ids: string[] = [];
let askedAway: Ran;
let askedEarly: Ran;

beforeAll(async () => {
  place = makePlace();
  await begin("up", "is up");
  for (let n = 0; n < 4; n += 1) ids.push((await mc("dispatch", "say hello", "--no-repo", "--needs", "nowhere")).stdout.trim());
  for (const id of ids) await reaches(id, ({ state, reason }) => state === "queued" && reason !== "");
  await up.stop();
  const state = join(place.home, "state");
  for (const name of readdirSync(state)) if (/^serve\.db|^token$/.test(name)) rmSync(join(state, name));
  askedAway = await mc("abort", ids[0] ?? "");
  // Without a bridge nobody has noticed yet that this serve is another one.
  await begin("serve", "http://");
  askedEarly = await mc("abort", ids[1] ?? "");
  await up.stop();
  await begin("up", "is up");
});
afterAll(async () => {
  await up.stop();
  place.remove();
});

test("an abort that was asked for while no serve was there, or of a serve that never heard of the mission, ends it all the same", async () => {
  for (const asked of [askedAway, askedEarly]) expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("the bridge delivers it") });
  for (const id of ids.slice(0, 2))
    expect(await reaches(id, ({ state }) => state === "aborted")).toMatchObject({ reason: expect.stringContaining("did not know it") });
});

test("what serve does not know is ended at once by an abort, and stays so", async () => {
  const [, , id = ""] = ids;
  await reaches(id, ({ reason }) => reason === "unknown_to_serve");
  const told = jsonOf(await mc("abort", id, "--json")).data;
  expect(told).toMatchObject({ missions: [{ mission_id: id, state: "aborted", abort_requested: false }] });
  expect(await rowOf(id)).toMatchObject({ state: "aborted", reason: expect.stringContaining("did not know it") });
});

test("the way on for what serve does not know is mc move, and everything that is asked says so", async () => {
  const [, , , id = ""] = ids;
  await reaches(id, ({ reason }) => reason === "unknown_to_serve");
  expect((await mc("status", id)).stderr).toContain(`aiwg mc move ${id} --force`);
  for (const verb of ["resume", "pause"]) {
    expect(await mc(verb, id)).toMatchObject({ code: 4, stderr: expect.stringContaining(`aiwg mc move ${id} --force`) });
  }
  const session_id = (await rowOf(id))?.session_id ?? "";
  expect(await mc("resume", session_id)).toMatchObject({ code: 0, stderr: expect.stringContaining(`aiwg mc move ${session_id} --force`) });
  expect(await mc("move", id)).toMatchObject({ code: 4, stderr: expect.stringContaining("--force") });
  expect((await mc("move", id, "--force")).code).toBe(0);
  await reaches(id, ({ state }) => state === "queued");
});
