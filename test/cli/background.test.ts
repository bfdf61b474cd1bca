import { readFileSync, statSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { redeemSessionCode } from "../../src/client/session-code.ts";
import { liveServe } from "../../src/core/node/serve-file.ts";
import { aiwg, jsonOf, makePlace, spawnAiwg } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await aiwg(place, ["stop"]);
  place.remove();
});

test("up --detach returns once serve answers, and goes on without a terminal; stop ends it", async () => {
  const ran = await spawnAiwg(place, ["up", "--detach", "--port", "0", "--slots", "2", "--agent", "fake", "--lease-ttl", "7s"]);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\n$/) });
  const log = join(place.home, "state", "up.log");
  expect(ran.stderr).toContain(log);
  expect(ran.stderr).toContain("aiwg stop");
  const serve = liveServe(join(place.home, "state", "serve.json"));
  expect(`${serve?.url}\n`).toBe(ran.stdout);
  // It really works: a mission is run to its end by what was left behind.
  expect((await spawnAiwg(place, ["run", "edit a b", "--agent", "fake", "--no-repo", "--check", "test -s a"])).code).toBe(0);
  expect(readFileSync(log, "utf8")).toContain("serve listens");
  expect(statSync(log).mode & 0o077).toBe(0);

  // Up already: where, and exit 0; what cannot be changed while it runs is refused.
  const again = await aiwg(place, ["up", "--json"]);
  expect(again.code).toBe(0);
  expect(jsonOf(again).data).toMatchObject({ already: true, url: serve?.url, pid: serve?.pid, executors: [expect.any(String)], bridge_pid: serve?.pid });
  expect((await aiwg(place, ["up", "--detach"])).stdout).toBe(ran.stdout);
  const port = new URL(serve?.url ?? "").port;
  for (const [args, refused] of [
    [["--slots", "3"], "--slots"],
    [["--port", String(Number(port) - 1)], "--port"],
    [["--bind", "::1"], "--bind"],
    [["--agent", "fake", "--agent", "claude"], "--agent"],
    [["--slots", "2", "--lease-ttl", "7s"], "--lease-ttl"],
  ] as const)
    expect(await aiwg(place, ["up", ...args])).toMatchObject({ code: 4, stdout: "", stderr: expect.stringContaining(`${refused} cannot be changed`) });
  // What asks for nothing else is up already.
  for (const args of [
    ["--port", port, "--bind", "localhost"],
    ["--port", "0", "--slots", "2", "--agent", "fake", "--detach"],
  ])
    expect(await aiwg(place, ["up", ...args])).toMatchObject({ code: 0, stdout: ran.stdout });

  expect((await aiwg(place, ["stop", "--dry-run"])).stdout).toContain(`process ${serve?.pid}) would be stopped`);
  expect((await aiwg(place, ["stop"])).stdout).toContain(`process ${serve?.pid}`);
  expect(liveServe(join(place.home, "state", "serve.json"))).toBeUndefined();
});

test("up shows a one-time code, a new one each time it is called: each is a browser's token, once", async () => {
  const ran = await spawnAiwg(place, ["up", "--detach", "--port", "0", "--agent", "fake"]);
  const url = ran.stdout.trim();
  const shown = (text: string): string => /^ +code +(\S+)/m.exec(text)?.[1] ?? "";
  const again = jsonOf(await aiwg(place, ["up", "--json"])).data as { session_code: string };
  const codes = [shown(ran.stderr), shown((await aiwg(place, ["up"])).stderr), again.session_code];
  expect(new Set(codes).size).toBe(3);
  for (const code of codes) {
    expect(await redeemSessionCode({ url }, code)).toMatchObject({ role: "operate" });
    await expect(redeemSessionCode({ url }, code)).rejects.toMatchObject({ code: "unauthorized" });
    expect(readFileSync(join(place.home, "state", "up.log"), "utf8")).not.toContain(code);
  }
});

test("what the background process fails with is said here, with its exit code", async () => {
  const squatter = createServer();
  squatter.listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const port = String((squatter.address() as AddressInfo).port);
  const ran = await spawnAiwg(place, ["up", "--detach", "--port", port]);
  expect(ran).toMatchObject({ code: 4, stdout: "" });
  expect(ran.stderr).toContain(`port ${port} on 127.0.0.1 is in use by another program`);
  squatter.close();
});
