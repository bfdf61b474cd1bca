import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startAiwg, eventually } from "../support/aiwg-process.ts";
import { aiwg, makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
  for (const folder of [join(place.work, ".aiwg"), join(place.home, "config")]) mkdirSync(folder, { mode: 0o700 });
});
afterEach(() => place.remove());

const user = (text: string): void => writeFileSync(join(place.home, "config", "aiwg.jsonc"), text);
const project = (text: string): void => writeFileSync(join(place.work, ".aiwg", "aiwg.jsonc"), text);

const READING = [[], ["mc", "status"], ["mc", "list"], ["mc", "watch"], ["inbox"], ["token", "list"], ["stop"], ["mc", "export"], ["mc", "diff", "m-1"]];

const broken: readonly (readonly [what: string, write: () => void, message: RegExp])[] = [
  ["an unknown key", () => user('{"misson": {}}'), /unknown key "misson"/],
  ["what is no JSON", () => project("{"), /not valid JSON with comments/],
  ["a project that says where to connect", () => project('{"serve": {"url": "http://127.0.0.1:1"}}'), /a project's config may not set "serve"/],
  ["a serve that is no http URL", () => user('{"serve": {"url": "ftp://a"}}'), /must be a URL such as/],
];
for (const [what, write, message] of broken) {
  test(`a config with ${what} stops commands that only read, too, and makes no file`, async () => {
    write();
    for (const args of READING) {
      const ran = await aiwg(place, args);
      expect(ran).toMatchObject({ code: 2, stdout: "" });
      expect(ran.stderr).toMatch(message);
    }
    expect(existsSync(join(place.home, "state"))).toBe(false);
    // What tells of a broken config, and what never reads one, goes on.
    expect((await aiwg(place, ["doctor"])).code).toBe(1);
    expect((await aiwg(place, ["completion", "bash"])).code).toBe(0);
  });
}

test("a serve that is no URL is a usage error, also while another bridge holds the queue", async () => {
  const bridge = startAiwg(place.home, ["mc", "bridge"], place.work);
  await eventually(
    () => bridge.output().includes("delivering"),
    20_000,
    () => bridge.output(),
  );
  for (const url of ["notaurl", "ftp://x", "http://", "http://name:word@127.0.0.1:7337"]) {
    expect(await aiwg(place, ["mc", "bridge", "--aiwg-serve", url])).toMatchObject({ code: 2, stderr: expect.stringContaining("--aiwg-serve: ") });
    for (const args of [["mc", "bridge"], ["up"], ["mc", "status"]]) {
      const ran = await aiwg(place, args, { AIWG_SERVE_URL: url });
      expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("AIWG_SERVE_URL: must be a URL") });
    }
  }
  await bridge.stop();
});
