// Packages of a registry of the test's own: fetched by npm with the user's registry, and no script of them ever runs.
import { createHash } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { artifactId } from "../../src/context/model.ts";
import { aiwg, jsonOf, makePlace } from "../cli/rig.ts";
import { cached, closedPort, fetchFrom, newGround, serveHttp, serveSilence, tgz } from "./elsewhere.ts";

type Version = { readonly version: string; readonly bytes: Buffer; readonly integrity?: string };

async function serveRegistry(name: string, versions: readonly Version[], token?: string): Promise<string> {
  const url: string = await serveHttp((request, response) => {
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end("{}");
    const file = versions.find(({ version }) => request.url === `/files/${version}.tgz`);
    if (file) return void response.end(file.bytes);
    if (decodeURIComponent(request.url ?? "") !== `/${name}`)
      return void response.writeHead(404, { "content-type": "application/json" }).end('{"error": "not_found"}');
    const rows = versions.map(({ version, bytes, integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}` }) => [
      version,
      { name, version, dist: { tarball: `${url}/files/${version}.tgz`, integrity } },
    ]);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest: versions.at(-1)?.version }, versions: Object.fromEntries(rows) }));
  });
  return url;
}

function packed(name: string, version: string, text: string, scripts: object = {}): Version {
  const manifest = JSON.stringify({ name, version, scripts });
  return {
    version,
    bytes: tgz([
      { path: "package/package.json", text: manifest },
      { path: "package/rules/r.md", text },
    ]),
  };
}

const quiet = (registry: string): Readonly<Record<string, string>> => ({ npm_config_registry: registry, npm_config_fetch_retries: "0" });

test("a range is resolved to a version, which the pin keeps", async () => {
  const ground = newGround();
  const name = "@acme/context";
  const versions = [packed(name, "1.0.0", "one\n"), packed(name, "1.2.0", "two\n"), packed(name, "2.0.0", "three\n")];
  const env = quiet(await serveRegistry(name, versions));
  const first = await fetchFrom(ground, `npm:${name}@^1`, { env });
  expect([first.rev, first.bundle.name, first.bundle.artifacts.map(artifactId)]).toEqual(["1.2.0", "context", ["rule/r"]]);
  expect((await fetchFrom(ground, `npm:${name}`, { env })).rev).toBe("2.0.0");
  const pin = { rev: "1.2.0", integrity: `sha256-${first.bundle.integrity}` };
  // Not from the cache, and though a newer one fits.
  versions.push(packed(name, "1.3.0", "four\n"));
  expect(await fetchFrom(newGround(), `npm:${name}@^1`, { env, pin })).toMatchObject({ rev: "1.2.0", bundle: { integrity: first.bundle.integrity } });
  expect((await fetchFrom(ground, `npm:${name}@^1`, { env: quiet("http://127.0.0.1:9"), pin })).lines).toEqual([]);
});

test("install scripts never run", async () => {
  const ground = newGround();
  const mark = join(ground.outside, "ran");
  const names = ["preinstall", "install", "postinstall", "prepare", "prepack", "postpack", "prepublish", "prepublishOnly", "dependencies"];
  const scripts = Object.fromEntries(names.map((name) => [name, `touch ${mark}`]));
  const env = quiet(await serveRegistry("evil", [packed("evil", "1.0.0", "x\n", scripts)]));
  expect((await fetchFrom(ground, "npm:evil", { env: { ...env, npm_config_ignore_scripts: "false", npm_config_foreground_scripts: "true" } })).rev).toBe(
    "1.0.0",
  );
  expect(existsSync(mark)).toBe(false);
});

test("a version that was published again with other content is a conflict", async () => {
  const ground = newGround();
  const versions = [packed("team", "1.0.0", "one\n")];
  const env = quiet(await serveRegistry("team", versions));
  const { bundle } = await fetchFrom(ground, "npm:team", { env });
  versions[0] = packed("team", "1.0.0", "other\n");
  const pin = { rev: "1.0.0", integrity: `sha256-${bundle.integrity}` };
  await expect(fetchFrom(newGround(), "npm:team", { env, pin })).rejects.toMatchObject({
    code: "state_conflict",
    message: expect.stringContaining(pin.integrity),
  });
});

test("aiwg update says that the same version has other content, and nothing of the kind where it has not", async () => {
  const place = makePlace();
  onTestFinished(() => place.remove());
  const versions = [packed("team", "1.0.0", "one\n")];
  const env = quiet(await serveRegistry("team", versions));
  const update = async (...args: readonly string[]): Promise<string> => (await aiwg(place, ["update", ...args], env)).stdout;
  await aiwg(place, ["use", "npm:team", "--to", "claude-code"], env);
  expect(await update()).toBe("team  1.0.0, as it was\n");
  versions[0] = packed("team", "1.0.0", "other\n");
  rmSync(join(place.home, "cache"), { recursive: true });
  expect(jsonOf(await aiwg(place, ["update", "--dry-run", "--json"], env)).data).toMatchObject({ revisions: [{ from: "1.0.0", to: "1.0.0", changed: true }] });
  expect(await update()).toMatch(/^team {2}1\.0\.0, with other content than before\n~ update .*r\.md/);
  expect(await update()).toBe("team  1.0.0, as it was\n");
});

test("what cannot be fetched is said", async () => {
  const ground = newGround();
  const bad = { ...packed("team", "1.0.0", "x\n"), integrity: `sha512-${"A".repeat(86)}==` };
  const env = quiet(await serveRegistry("team", [bad]));
  await expect(fetchFrom(ground, "npm:team", { env })).rejects.toMatchObject({
    code: "source_unusable",
    hint: expect.stringContaining("another archive than it announced"),
  });
  await expect(fetchFrom(ground, "npm:team@^9", { env })).rejects.toMatchObject({ code: "not_found" });
  await expect(fetchFrom(ground, "npm:none", { env })).rejects.toMatchObject({ code: "not_found" });
  await expect(fetchFrom(ground, "npm:team", { env: quiet("http://127.0.0.1:9") })).rejects.toMatchObject({ code: "unreachable" });
  expect(cached(ground)).toEqual([]);
});

test("a registry that never answers ends as git and archives do, and a closed port soon, with npm's own settings", { timeout: 60_000 }, async () => {
  const ground = newGround();
  const npmrc = (port: number): void => writeFileSync(join(ground.home, ".npmrc"), `registry=http://127.0.0.1:${port}/\n`);
  npmrc(await serveSilence());
  await expect(fetchFrom(ground, "npm:team", { limits: { idleMs: 3_000 } })).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining("sent nothing for 3 s"),
  });
  npmrc(await closedPort());
  const began = performance.now();
  await expect(fetchFrom(ground, "npm:team")).rejects.toMatchObject({ code: "unreachable" });
  // npm's own pauses are 10 s and 60 s.
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(cached(ground)).toEqual([]);
});

test("a private registry is read with the user's own npmrc, never with that of a project", async () => {
  const ground = newGround();
  const registry = await serveRegistry("team", [packed("team", "1.0.0", "x\n")], "secret-token");
  const npmrc = `registry=${registry}\n${registry.replace("http:", "")}/:_authToken=secret-token\nfetch-retries=0\n`;
  writeFileSync(join(ground.work, ".npmrc"), npmrc);
  const env = quiet(registry);
  await expect(fetchFrom(ground, "npm:team", { env })).rejects.toMatchObject({ code: "forbidden", hint: expect.stringContaining("npm login") });
  writeFileSync(join(ground.home, ".npmrc"), npmrc);
  expect((await fetchFrom(ground, "npm:team", {})).rev).toBe("1.0.0");
});
