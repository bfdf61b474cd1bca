// Bundles from elsewhere beside other commands, other words for the same source, and sources that are gone: nothing fetched under a
// lock, nothing asked twice, no network where somebody only looks.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { git, serveHttp, SKILL, tgz } from "../context/elsewhere.ts";
import { CALM, SCOPES, makeGround } from "./context-rig.ts";
import { aiwg, jsonOf } from "./rig.ts";

type Check = { readonly id: string; readonly status: string; readonly message: string; readonly hint: string | null };

/** A repository beside the ground, with a skill `a` and a rule. */
function publish(dir: string, name = "team"): { readonly repo: string; readonly source: string } {
  const repo = join(dir, name);
  mkdirSync(join(repo, "skills/a"), { recursive: true });
  mkdirSync(join(repo, "rules"));
  writeFileSync(join(repo, "skills/a/SKILL.md"), SKILL);
  writeFileSync(join(repo, "rules/r.md"), "Be nice.\n");
  git(repo, ["init", "-q"]);
  git(repo, ["add", "-A"]);
  git(repo, ["commit", "-qm", "x"]);
  git(repo, ["tag", "v1"]);
  return { repo, source: `git+file://${repo}#v1` };
}

/** An archive on a server that answers when it is told to; `asked` ends when somebody waits for it. */
async function slowArchive(): Promise<{ readonly source: string; readonly asked: Promise<void>; readonly answer: () => void; readonly count: () => number }> {
  const asked = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  let count = 0;
  const url = await serveHttp((_, response) => {
    count += 1;
    asked.resolve();
    void open.promise.then(() => response.end(tgz([{ path: "slow/rules/slow.md", text: "Take your time.\n" }])));
  });
  return { source: `${url}/slow.tgz`, asked: asked.promise, answer: open.resolve, count: () => count };
}

const TO = ["--to", "claude-code"] as const;

describe.each(SCOPES)("in %s scope", (scope) => {
  const flag = scope === "user" ? " --scope user" : "";

  test("the same source in other words is the same bundle; a name that is taken, or the scope's own, is refused", async () => {
    const { run, dir, bundle, configFile, picture } = makeGround(scope, CALM);
    const { repo, source } = publish(dir);
    expect((await run("use", source, ...TO)).code).toBe(0);
    const [config, before] = [readFileSync(configFile, "utf8"), picture()];
    expect(await run("use", `git+file://${dir}/./team#v1`)).toMatchObject({ code: 0 });
    expect(readFileSync(configFile, "utf8")).toBe(config);
    const other = await run("use", bundle, "--name", "team");
    expect(other).toMatchObject({ code: 4, stderr: expect.stringContaining(`aiwg remove team${flag}`) });
    expect(await run("use", `git+file://${repo}#main`)).toMatchObject({ code: 4, stderr: expect.stringContaining("there is a bundle team already") });
    const { source: own } = publish(dir, scope);
    expect(await run("use", own)).toMatchObject({ code: 2, stderr: expect.stringContaining("Give it another name with --name") });
    expect([readFileSync(configFile, "utf8"), picture()]).toEqual([config, before]);
    expect((await run("use", own, "--name", "more", "--only", "rule:r")).code).toBe(0);
  });

  test("a source that is gone is named with the way out by every command that needs it, and remove does without it", async () => {
    const { run, dir, home, picture } = makeGround(scope, CALM);
    const { repo, source } = publish(dir);
    await run("use", source, ...TO);
    rmSync(repo, { recursive: true });
    rmSync(join(home, "cache"), { recursive: true });
    const before = picture();
    for (const args of [["deploy"], ["plan"], ["status"], ["save"], ["update"], ["keep", "x"]])
      expect(await run(...args), args.join(" ")).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(new RegExp(`bundle team: .*aiwg remove team${flag}`, "s")),
      });
    expect(picture()).toEqual(before);
    expect(await run("remove", "team")).toMatchObject({ code: 0 });
    expect(picture()).not.toEqual(before);
  });

  test("doctor and bare aiwg ask no network: the cache is looked at, and what it does not have is said", async () => {
    const { run, home, root } = makeGround(scope, CALM);
    const { source, answer, count } = await slowArchive();
    answer();
    expect((await run("use", source, ...TO)).code).toBe(0);
    const look = async (): Promise<readonly Check[]> => {
      expect((await aiwg({ home, work: root }, [])).code).toBe(0);
      const ran = await aiwg({ home, work: root }, ["doctor", "--json"], { AIWG_SERVE_PORT: "0" });
      return (jsonOf(ran).data as { readonly checks: readonly Check[] }).checks.filter(({ id }) => /^context\.(?:sources|state|deploy)$/.test(id));
    };
    expect(await look()).toMatchObject([{ id: "context.state", status: "ok" }]);
    rmSync(join(home, "cache"), { recursive: true });
    expect(await look()).toMatchObject([
      { id: "context.sources", status: "warn", message: expect.stringContaining("slow"), hint: expect.stringContaining(`aiwg deploy${flag} `) },
    ]);
    expect(count()).toBe(1);
    expect(existsSync(join(home, "cache"))).toBe(false);
    expect([(await run("deploy", "--frozen")).code, count()]).toEqual([0, 2]);
    expect(await look()).toMatchObject([{ id: "context.state", status: "ok" }]);
  });

  test("beside a bundle from elsewhere a file is imported, one is kept, and a rule in a shared file is saved over it", async () => {
    const { run, dir, own, put, read, root } = makeGround(scope, CALM);
    const { repo, source } = publish(dir);
    const to = ["--to", "claude-code,codex"];
    expect((await run("use", source, ...to)).code).toBe(0);
    rmSync(repo, { recursive: true });
    put(".claude/agents/y.md", "---\nname: y\ndescription: Plays y\n---\n\nYou are y.\n");
    expect((await run("import", "claude-code", "--share")).code).toBe(0);
    expect(readFileSync(join(own, "agents/y.md"), "utf8")).toContain("You are y.");
    const shared = scope === "user" ? ".codex/AGENTS.md" : "AGENTS.md";
    put(shared, read(shared).replace("Be nice.", "Be kind."));
    expect(await run("save", join(root, shared))).toMatchObject({ code: 0, stdout: expect.stringContaining("overrides/team/rules/r.md") });
    expect(readFileSync(join(own, "overrides/team/rules/r.md"), "utf8")).toBe("Be kind.\n");
    put(".claude/skills/a/SKILL.md", `${SKILL}Mine.\n`);
    expect((await run("keep", join(root, ".claude/skills/a"))).code).toBe(0);
    expect((await run("deploy")).code).toBe(0);
    expect(read(".claude/skills/a/SKILL.md")).toBe(`${SKILL}Mine.\n`);
  });
});

test("nobody waits for the network of another command: use fetches before it holds the config, and keeps what came in between", async () => {
  const { run, bundle, configFile, read } = makeGround("project", CALM);
  const slow = await slowArchive();
  const waiting = run("use", slow.source, ...TO);
  await slow.asked;
  expect((await run("use", bundle, ...TO)).code).toBe(0);
  slow.answer();
  expect((await waiting).code).toBe(0);
  expect(readFileSync(configFile, "utf8")).toMatch(/"house"[^]*"slow"/);
  expect(read(".claude/rules/slow.md")).toContain("Take your time.");
  expect(read(".claude/agents/x.md")).toContain("You are x.");
});

test("a deploy whose config got another bundle meanwhile keeps what it fetched and fetches what is new", async () => {
  const { run, dir, configFile, put, read } = makeGround("project", CALM);
  const slow = await slowArchive();
  const { source } = publish(dir);
  const configOf = (...bundles: readonly object[]): string => JSON.stringify({ platforms: ["claude-code"], bundles });
  put(".aiwg/aiwg.jsonc", configOf({ name: "slow", source: slow.source }));
  const waiting = run("deploy");
  await slow.asked;
  writeFileSync(configFile, configOf({ name: "slow", source: slow.source }, { name: "team", source }));
  slow.answer();
  expect((await waiting).code).toBe(0);
  expect(slow.count()).toBe(1);
  expect(read(".claude/rules/slow.md")).toContain("Take your time.");
  expect(read(".claude/skills/a/SKILL.md")).toBe(SKILL);
});
