// A person's files and edits in the way of a deploy: left alone, named with the ways out, and each way taken. Taking over what is
// there already. Also by a real process, and with --strict.
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BUNDLE, CALM, SCOPES, makeGround, plant } from "./context-rig.ts";
import { spawnAiwg } from "./rig.ts";

const TO = ["--to", "claude-code"];
const X = ".claude/agents/x.md";

describe.each(SCOPES)("in %s scope", (scope) => {
  test("a person's file of the same name stays, the rest is written, and the exit code is 4", async () => {
    const { run, json, put, read, bundle, root } = makeGround(scope, CALM);
    put(X, "mine\n");
    const ran = await run("use", bundle, ...TO);
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining("left as it is") });
    expect(read(X)).toBe("mine\n");
    expect(existsSync(join(root, ".claude/commands/fix.md"))).toBe(true);
    const { data } = await json("deploy");
    expect(data).toMatchObject({ written: false, changes: [{ op: "conflict", path: X, reason: expect.stringContaining("aiwg did not write what is there") }] });
    expect(await run("remove", "house")).toMatchObject({ code: 0 });
    expect(read(X)).toBe("mine\n");
  });

  test("--strict writes nothing at all, config included", async () => {
    const { run, put, picture, bundle, configFile } = makeGround(scope, CALM);
    put(X, "mine\n");
    const before = picture(true);
    expect(await run("use", bundle, ...TO, "--strict")).toMatchObject({ code: 4, stderr: expect.stringContaining("nothing was written: --strict") });
    expect(picture(true)).toEqual(before);
    expect(existsSync(configFile)).toBe(false);
    // Losing a limit on tools is no conflict, and strict refuses it too.
    plant(bundle, { "agents/x.md": "---\nname: x\ndescription: Plays x\ntools: Read\n---\nYou are x.\n" });
    const codex = await run("use", bundle, "--to", "codex", "--strict");
    expect(codex).toMatchObject({ code: 1, stderr: expect.stringContaining("codex: agent/x: tools is unsupported") });
    expect(picture(true)).toEqual(before);
  });

  test("--force replaces it and keeps a copy, whose path is told", async () => {
    const { run, json, put, read, bundle, root } = makeGround(scope, CALM);
    put(X, "mine\n");
    await run("use", bundle, ...TO);
    const { code, data } = await json("deploy", "--force", join(root, X));
    expect(code).toBe(0);
    const { backups } = data as { backups: string[] };
    expect(backups.map((path) => readFileSync(path, "utf8"))).toEqual(["mine\n"]);
    expect(read(X)).toContain("You are x.");
    expect(await run("status", "--check")).toMatchObject({ code: 0 });
    // An edit is replaced alike.
    put(X, "edited\n");
    const again = await run("deploy", "--force", X);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("a copy of what was there: ") });
    expect(read(X)).toContain("You are x.");
  });

  test("keep leaves it to the person for good, and remove as well", async () => {
    const { run, put, read, bundle, root, json } = makeGround(scope, CALM);
    await run("use", bundle, ...TO);
    put(X, "edited\n");
    expect(await run("keep", join(root, X), "--dry-run")).toMatchObject({ code: 0 });
    expect((await run("deploy")).code).toBe(4);
    expect(await run("keep", join(root, X))).toMatchObject({ code: 0 });
    for (const args of [["deploy"], ["status", "--check"]]) expect(await run(...args)).toMatchObject({ code: 0 });
    expect((await json("status", "agent/x")).data).toMatchObject({ artifacts: [{ state: "kept" }] });
    plant(bundle, { "agents/x.md": BUNDLE["agents/x.md"]?.replace("You are", "We are") ?? "" });
    expect(await run("deploy")).toMatchObject({ code: 0 });
    expect(read(X)).toBe("edited\n");
    expect(await run("remove", "house")).toMatchObject({ code: 0 });
    expect(read(X)).toBe("edited\n");
    // What was kept is taken back by force.
    await run("use", bundle, ...TO);
    expect(await run("deploy", "--force", join(root, X))).toMatchObject({ code: 0 });
    expect(read(X)).toContain("We are x.");
  });

  test("what is there already as it would be written is taken over, and stays when the bundle goes", async () => {
    const { run, json, put, read, bundle } = makeGround(scope, CALM);
    put(X, BUNDLE["agents/x.md"] ?? "");
    expect((await json("use", bundle, ...TO, "--dry-run")).data).toMatchObject({
      changes: expect.arrayContaining([expect.objectContaining({ op: "adopt", path: X })]),
    });
    expect(await run("use", bundle, ...TO)).toMatchObject({ code: 0 });
    expect(await run("remove", "house")).toMatchObject({ code: 0 });
    expect(read(X)).toBe(BUNDLE["agents/x.md"]);
  });

  test("a folder that is a link out of the root stops everything with exit 5, before anything is written", async () => {
    const { run, json, dir, root, bundle, picture, own } = makeGround(scope, CALM);
    plant(join(dir, "outside"), { "a.txt": "" });
    symlinkSync(join(dir, "outside"), join(root, ".claude"));
    const before = picture(true);
    expect(await json("use", bundle, ...TO)).toMatchObject({ code: 5, error: { code: "path_escape", message: expect.stringContaining(".claude") } });
    expect((await run("use", bundle, ...TO, "--yes")).code).toBe(5);
    expect(picture(true)).toEqual(before);
    expect(existsSync(own)).toBe(false);
  });
});

test("what is left of a bundle that went away offers no way back into its source, and both other ways work", async () => {
  for (const way of ["deploy --force", "keep"]) {
    const { run, json, put, bundle, read, root } = makeGround("project", CALM);
    await run("use", bundle, ...TO);
    put(X, `${read(X)}more\n`);
    const removed = await run("remove", "house");
    expect(removed).toMatchObject({ code: 4, stdout: expect.stringContaining("changed since aiwg wrote it, and nothing in use asks for it any more\n") });
    for (const said of [removed.stdout, (await run("status")).stdout, (await run("doctor")).stdout]) expect(said).not.toContain("aiwg save");
    expect(removed.stdout).toContain(`aiwg ${way} ${X} ${way === "keep" ? "leaves it to you" : "deletes it (a copy is kept)"}\n`);
    expect(await run("status")).toMatchObject({ stderr: expect.stringContaining(`aiwg keep ${X}`) });
    expect(await run(...way.split(" "), X)).toMatchObject({ code: 0 });
    expect(existsSync(join(root, X))).toBe(way === "keep");
    expect((await json("status")).data).toMatchObject({ artifacts: [] });
  }
});

test("the ways out that a conflict names do what they say, word for word, from the folder where they were said", async () => {
  for (const scope of SCOPES) {
    const { run, put, bundle, home, root, read } = makeGround(scope, CALM);
    const within = { home, work: join(root, "sub/folder") };
    plant(within.work, { note: "" });
    await run("use", bundle, ...TO);
    for (const way of ["save", "deploy", "keep"]) {
      put(X, `${read(X).trimEnd()} ${way}\n`);
      const refused = await spawnAiwg(within, ["deploy", ...(scope === "user" ? ["--scope", "user"] : [])]);
      expect(refused.code).toBe(4);
      const [, args = ""] = new RegExp(`aiwg (${way} \\S+(?: \\S+)?(?: --scope user)?)(?: takes| replaces| leaves)`).exec(refused.stdout) ?? [];
      expect([args, await spawnAiwg(within, args.split(" "))]).toMatchObject([expect.stringContaining(way), { code: 0 }]);
      expect((await run("deploy")).code).toBe(0);
    }
  }
});
