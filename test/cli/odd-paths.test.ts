import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aiwg, makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.remove());

for (const [what, name] of [
  ["a line end", "two\nlines"],
  ["a line end at its end", "tail\n"],
  ["an escape", "esc\u001b[31m"],
] as const) {
  test(`a project whose path contains ${what} is refused when a mission is queued for it`, async () => {
    const work = join(place.dir, name);
    mkdirSync(work);
    for (const args of [
      ["mc", "dispatch", "x"],
      ["mc", "dispatch", "x", "--no-repo"],
      ["run", "x"],
    ]) {
      const ran = await aiwg({ home: place.home, work }, args);
      expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("contains a line end or another control character") });
      expect(ran.stderr).not.toContain("\u001b");
    }
    expect(await aiwg(place, ["mc", "dispatch", "x", "--repo", work])).toMatchObject({ code: 2, stderr: expect.stringContaining("--repo: the path") });
  });
}
