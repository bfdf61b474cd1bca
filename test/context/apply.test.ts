import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { applyPlan } from "../../src/context/apply/apply.ts";
import { requireConsent } from "../../src/context/plan/consent.ts";
import type { Output } from "../../src/context/output.ts";
import { blockOutput, fileOutput, memberOutput, planIn, skillOutputs, valueOutput } from "./outputs.ts";
import { deploy, newWorld, opsOf, pictureOf, put, textAt } from "./rig.ts";

const server = { command: "npx", args: ["-y", "srv"] };
const hook = { matcher: "Edit", hooks: [{ type: "command", command: "node .aiwg/behaviors/fmt/run.mjs" }] };
const mixed = (): Output[] => [
  ...skillOutputs(".claude/skills", "tidy", { "SKILL.md": "# tidy", "scripts/run.sh": "#!/bin/sh\n" }),
  fileOutput(".claude/agents/a.md", "agent"),
  blockOutput("AGENTS.md", "- be kind\n- be brief"),
  blockOutput(".codex/config.toml", '[mcp_servers.srv]\ncommand = "npx"', { claims: ["mcp_servers.srv"], owners: [["codex", "b", "mcp/srv"]] }),
  valueOutput(".mcp.json", "/mcpServers/srv", server, { owners: [["claude-code", "b", "mcp/srv"]] }),
  fileOutput(".aiwg/behaviors/fmt/run.mjs", "run", { unit: "behavior/fmt", owners: [["claude-code", "b", "behavior/fmt"]] }),
  memberOutput(".claude/settings.json", "/hooks/PostToolUse/fmt", hook, "behaviors/fmt/", {
    unit: "behavior/fmt",
    owners: [["claude-code", "b", "behavior/fmt"]],
  }),
];

test.each(["project", "user"] as const)("what is deployed and then removed leaves the tree as it was, bytes, modes and links: %s scope", async (scope) => {
  const world = newWorld(scope);
  put(world, "AGENTS.md", "\uFEFF# Team\r\n\r\nText without end", 0o600);
  symlinkSync("AGENTS.md", join(world.root, "CLAUDE.md"));
  put(world, ".mcp.json", '{\n    // ours\n    "mcpServers": {\n        "mine": { "command": "m" }, // keep\n    }\n}\n', 0o664);
  put(world, ".codex/config.toml", '# fast\nmodel = "x"\n\n[mcp_servers.mine]\ncommand = "m" # c');
  put(world, ".claude/settings.json", '{"hooks": {}, "model": "m"}', 0o640);
  put(world, ".claude/skills/other/SKILL.md", "mine");
  const before = pictureOf(world.root);
  const { applied } = await deploy(world, [...mixed(), blockOutput("CLAUDE.md", "- be kind\n- be brief", { owners: [["claude-code", "b", "rule/kind"]] })]);
  expect(applied.outcome).toBe("applied");
  expect(textAt(world, "AGENTS.md").split("aiwg:begin b")).toHaveLength(2);
  expect(JSON.parse(textAt(world, ".claude/settings.json"))).toEqual({ hooks: { PostToolUse: [hook] }, model: "m" });
  expect(statSync(join(world.root, ".claude/skills/tidy/scripts/run.sh")).mode & 0o111).toBe(0o111);
  expect(Object.keys(pictureOf(world.root)).filter((path) => path.includes("tmp"))).toEqual([]);
  await deploy(world, []);
  expect(pictureOf(world.root)).toEqual(before);
  if (scope === "user") expect(pictureOf(join(world.base, "project"))).toEqual({});
  else expect(pictureOf(join(world.base, "home"))).toEqual({});
});

test("a second run touches nothing, neither the lock nor any time", async () => {
  const world = newWorld();
  await deploy(world, mixed());
  const before = pictureOf(world.root, true);
  const { planned, applied } = await deploy(world, mixed());
  expect(planned.changes).toEqual([]);
  expect(planned.states.map(({ state }) => state)).toEqual(planned.states.map(() => "current"));
  expect(applied.outcome).toBe("unchanged");
  expect(pictureOf(world.root, true)).toEqual(before);
});

test("a plan writes nothing, not even our own folder", () => {
  const world = newWorld();
  expect(opsOf(planIn(world.site, mixed()))).toEqual([
    "create .aiwg/behaviors/fmt/run.mjs",
    "create .claude/agents/a.md",
    "create .claude/settings.json /hooks/PostToolUse/fmt",
    "create .claude/skills/tidy/SKILL.md",
    "create .claude/skills/tidy/scripts/run.sh",
    "create .codex/config.toml block:b",
    "create .mcp.json /mcpServers/srv",
    "create AGENTS.md block:b",
  ]);
  expect(readdirSync(world.root)).toEqual([]);
});

test("what a person wrote first is left alone, and adopted where it is the same", async () => {
  const world = newWorld();
  put(world, ".claude/skills/tidy/SKILL.md", "mine");
  put(world, ".claude/skills/tidy/notes.md", "notes");
  put(world, ".claude/agents/a.md", "agent");
  put(world, ".mcp.json", JSON.stringify({ mcpServers: { srv: { command: "other" } } }));
  put(world, "AGENTS.md", "# A\n\n<!-- aiwg:begin b -->\nold rule\n<!-- aiwg:end b -->\n");
  const before = pictureOf(world.root);
  const { planned } = await deploy(
    world,
    mixed().filter(({ path }) => !path.includes("codex") && !path.includes("fmt") && !path.includes("settings")),
  );
  expect(opsOf(planned)).toEqual([
    "adopt .claude/agents/a.md",
    "conflict .claude/skills/tidy/SKILL.md",
    "conflict .mcp.json /mcpServers/srv",
    "conflict AGENTS.md block:b",
  ]);
  expect(planned.changes[1]?.reason).toMatch(/--force .*keep /);
  expect(pictureOf(world.root)).toEqual(before);
  await deploy(world, []);
  expect(pictureOf(world.root)).toEqual(before);
});

test("a unit with one edited file is left out whole, whatever was to become of the others", async () => {
  const world = newWorld();
  const files = { "SKILL.md": "1", "a.md": "1", "gone.md": "1" };
  await deploy(world, [...skillOutputs(".claude/skills", "s", files), fileOutput("x.md", "1")]);
  put(world, ".claude/skills/s/a.md", "edited");
  rmSync(join(world.root, ".claude/skills/s/SKILL.md"));
  const before = pictureOf(world.root);
  const next = skillOutputs(".claude/skills", "s", { "SKILL.md": "2", "a.md": "2", "new.md": "2" });
  const { planned } = await deploy(world, next);
  expect(opsOf(planned)).toEqual(["conflict .claude/skills/s/a.md", "delete x.md"]);
  expect(planned.changes[0]?.reason).toMatch(/aiwg save .*--force .*keep /);
  expect(pictureOf(world.root)).toEqual(Object.fromEntries(Object.entries(before).filter(([path]) => path !== "x.md")));
  const removed = await deploy(world, []);
  expect(opsOf(removed.planned)).toEqual(["conflict .claude/skills/s/a.md"]);
  expect(textAt(world, ".claude/skills/s/gone.md")).toBe("1");
  put(world, ".claude/skills/s/a.md", "1");
  put(world, ".claude/skills/s/mine.md", "mine");
  await deploy(world, []);
  expect(Object.keys(pictureOf(world.root))).toEqual([".claude", ".claude/skills", ".claude/skills/s", ".claude/skills/s/mine.md"]);
});

test("edits in shared files: those outside of our part change nothing, those inside are never overwritten", async () => {
  const world = newWorld();
  await deploy(world, mixed());
  put(world, "AGENTS.md", `# Mine\n\n${textAt(world, "AGENTS.md")}\nafter\n`);
  expect(planIn(world.site, mixed()).changes).toEqual([]);
  put(world, "AGENTS.md", textAt(world, "AGENTS.md").replace("be kind", "be rude"));
  put(world, ".mcp.json", textAt(world, ".mcp.json").replace("npx", "bunx"));
  put(world, ".claude/settings.json", textAt(world, ".claude/settings.json").replace("Edit", "Write"));
  chmodSync(join(world.root, ".claude/skills/tidy/SKILL.md"), 0o755);
  const before = pictureOf(world.root);
  const conflicts = [
    "conflict .claude/settings.json /hooks/PostToolUse/fmt",
    "conflict .claude/skills/tidy/SKILL.md",
    "conflict .mcp.json /mcpServers/srv",
    "conflict AGENTS.md block:b",
  ];
  const again = await deploy(world, mixed());
  expect(opsOf(again.planned)).toEqual(conflicts);
  expect(pictureOf(world.root)).toEqual(before);
  await deploy(world, []);
  // The script stays with its edited entry; what nobody touched is gone.
  expect(textAt(world, ".claude/settings.json")).toContain("Write");
  expect(textAt(world, "AGENTS.md")).toContain("be rude");
  expect(existsSync(join(world.root, ".aiwg/behaviors/fmt/run.mjs"))).toBe(true);
  expect(existsSync(join(world.root, ".claude/agents"))).toBe(false);
});

test("a shared file that we made goes only when nobody has put anything into it, not even a comment", async () => {
  const outputs = [valueOutput(".mcp.json", "/mcpServers/s", server), blockOutput("AGENTS.md", "x"), blockOutput("c.toml", "[x]")];
  const added = [".mcp.json", "AGENTS.md", "c.toml"].map((path) => [path, path === ".mcp.json" ? "// mine\n" : "# mine\n"] as const);
  for (const [path, comment] of added) {
    const world = newWorld();
    await deploy(world, outputs);
    put(world, path, textAt(world, path) + comment);
    await deploy(world, []);
    expect(Object.keys(pictureOf(world.root))).toEqual([path]);
    expect(textAt(world, path).endsWith(comment)).toBe(true);
  }
});

test("--force takes an edited unit with a copy of what it was, keep gives it back for good, and force takes it again", async () => {
  const world = newWorld();
  await deploy(world, [fileOutput("a/x.md", "1"), blockOutput("AGENTS.md", "one")]);
  put(world, "a/x.md", "edited");
  put(world, "AGENTS.md", textAt(world, "AGENTS.md").replace("one", "edited"));
  const next = [fileOutput("a/x.md", "2"), blockOutput("AGENTS.md", "two")];
  const { applied } = await deploy(world, next, { force: ["./a/", join(world.root, "AGENTS.md")] });
  expect(textAt(world, "a/x.md")).toBe("2");
  expect(textAt(world, "AGENTS.md")).toContain("two");
  expect(applied.backups.map((path) => readFileSync(path, "utf8").includes("edited"))).toEqual([true, true]);
  expect(applied.backups.every((path) => path.startsWith(world.site.backupDir))).toBe(true);
  put(world, "a/x.md", "mine now");
  const kept = await deploy(world, next, { keep: ["a/x.md"] });
  expect(opsOf(kept.planned)).toEqual(["keep a/x.md"]);
  for (const outputs of [next, []]) {
    const { planned } = await deploy(world, outputs);
    expect(planned.states.find(({ unit }) => unit === "a/x.md")?.state).toBe(outputs.length > 0 ? "kept" : undefined);
    expect(textAt(world, "a/x.md")).toBe("mine now");
  }
  await deploy(world, next, { force: ["a/x.md"] });
  expect(textAt(world, "a/x.md")).toBe("2");
  expect(planIn(world.site, next).states.every(({ state }) => state === "current")).toBe(true);
  expect(() => planIn(world.site, next, { force: ["b.md"] })).toThrow(expect.objectContaining({ code: "not_found" }));
});

test("an edited entry of an array is found by its script, and those of other names are nobody's business of ours", async () => {
  const world = newWorld();
  const extra = { unit: "behavior/fmt", owners: [["claude-code", "b", "behavior/fmt"]] as const };
  const entry = { command: "AIWG_BEHAVIOR_DIR=$PWD/.aiwg/behaviors/fmt node run.mjs" };
  const outputs = [memberOutput("s.json", "/hooks/Stop/fmt", entry, "behaviors/fmt ", extra), fileOutput(".aiwg/behaviors/fmt/run.mjs", "x", extra)];
  const neighbour = '{\n  "hooks": {\n    "Stop": [{ "command": ".aiwg/behaviors/fmt-2/run" }, 1]\n  }\n}\n';
  put(world, "s.json", neighbour);
  await deploy(world, outputs);
  put(world, "s.json", textAt(world, "s.json").replace("node run", "node --quiet run"));
  expect(opsOf(planIn(world.site, outputs))).toEqual(["conflict s.json /hooks/Stop/fmt"]);
  expect(opsOf(planIn(world.site, []))).toEqual(["conflict s.json /hooks/Stop/fmt"]);
  await deploy(world, [], { force: ["s.json"] });
  expect(textAt(world, "s.json")).toBe(neighbour);
  expect(existsSync(join(world.root, ".aiwg/behaviors"))).toBe(false);
});

test("a comment that a person puts into a value of ours makes it edited, and is never taken away with it", async () => {
  const world = newWorld();
  const at = "/mcpServers/s" as const;
  await deploy(world, [valueOutput(".mcp.json", at, server)]);
  put(world, ".mcp.json", textAt(world, ".mcp.json").replace('"command"', '// mine\n      "command"'));
  const before = textAt(world, ".mcp.json");
  expect(planIn(world.site, [valueOutput(".mcp.json", at, server)]).changes).toEqual([]);
  for (const outputs of [[valueOutput(".mcp.json", at, { command: "other" })], []]) {
    expect(opsOf((await deploy(world, outputs)).planned)).toEqual([`conflict .mcp.json ${at}`]);
    expect(textAt(world, ".mcp.json")).toBe(before);
  }
});

test("states say what is missing, stale, edited or foreign", async () => {
  const world = newWorld();
  await deploy(world, [fileOutput("cur", "1"), fileOutput("mis", "1"), fileOutput("sta", "1"), fileOutput("edi", "1"), fileOutput("old", "1")]);
  rmSync(join(world.root, "mis"));
  put(world, "edi", "x");
  put(world, "for", "x");
  const { states } = planIn(world.site, [
    fileOutput("cur", "1"),
    fileOutput("mis", "1"),
    fileOutput("sta", "2"),
    fileOutput("edi", "1"),
    fileOutput("for", "1"),
  ]);
  expect(Object.fromEntries(states.map(({ unit, state }) => [unit, state]))).toEqual({
    cur: "current",
    mis: "missing",
    sta: "stale",
    edi: "edited",
    for: "foreign",
    old: "stale",
  });
});

test("one place under two names is written once; different contents for it are a conflict", async () => {
  const world = newWorld();
  put(world, "AGENTS.md", "# A\n");
  symlinkSync("AGENTS.md", join(world.root, "CLAUDE.md"));
  mkdirSync(join(world.root, ".claude/skills"), { recursive: true });
  mkdirSync(join(world.root, ".agents"));
  symlinkSync("../.claude/skills", join(world.root, ".agents/skills"));
  put(world, "shared.md", "1");
  symlinkSync("shared.md", join(world.root, "link.md"));
  const outputs = [
    blockOutput("CLAUDE.md", "same", { owners: [["claude-code", "b", "rule/x"]] }),
    blockOutput("AGENTS.md", "same", { owners: [["codex", "b", "rule/x"]] }),
    ...skillOutputs(".claude/skills", "s", { "SKILL.md": "1" }),
    ...skillOutputs(".agents/skills", "s", { "SKILL.md": "1" }, "codex"),
    fileOutput("link.md", "1"),
  ];
  const { planned } = await deploy(world, outputs);
  expect(opsOf(planned)).toEqual(["create .claude/skills/s/SKILL.md", "create AGENTS.md block:b", "adopt shared.md"]);
  expect(planned.lock.outputs.find(({ path }) => path === "AGENTS.md")?.owners).toEqual([
    ["claude-code", "b", "rule/x"],
    ["codex", "b", "rule/x"],
  ]);
  expect(planIn(world.site, outputs).changes).toEqual([]);
  await deploy(world, [...outputs.slice(0, 4), fileOutput("link.md", "2")]);
  expect([textAt(world, "shared.md"), pictureOf(world.root)["link.md"]]).toEqual(["2", "link shared.md"]);
  const clash = planIn(
    world.site,
    [outputs[0], blockOutput("AGENTS.md", "other")].filter((one) => one !== undefined),
  );
  expect(opsOf(clash)).toEqual(expect.arrayContaining(["update AGENTS.md block:b", "conflict AGENTS.md block:b"]));
});

test("a place that leads out of the root refuses the whole run before anything is written", async () => {
  const world = newWorld();
  symlinkSync(world.outside, join(world.root, ".claude"));
  await expect(deploy(world, [fileOutput("fine.md", "1"), fileOutput(".claude/x.md", "1")])).rejects.toMatchObject({ code: "path_escape" });
  for (const path of ["../x", "/etc/x", "a/../../x", ".aiwg/aiwg.lock", ".git/hooks/x"]) {
    await expect(deploy(world, [fileOutput("fine.md", "1"), fileOutput(path, "1")])).rejects.toMatchObject({ code: "path_escape" });
  }
  expect([readdirSync(world.root), readdirSync(world.outside)]).toEqual([[".claude"], []]);
});

test("a link out that comes between plan and apply is not followed", async () => {
  const world = newWorld();
  const planned = planIn(world.site, [fileOutput("a/x.md", "1")]);
  symlinkSync(world.outside, join(world.root, "a"));
  await expect(applyPlan(world.site, planned, { now: Date.now })).rejects.toMatchObject({ code: "path_escape" });
  expect(readdirSync(world.outside)).toEqual([]);
});

test("broken shared files are named with their line and stay as they are; the rest is deployed", async () => {
  const world = newWorld();
  put(world, "AGENTS.md", "a\n<!-- aiwg:begin b -->\nnever ended\n");
  put(world, ".mcp.json", '{\n  "mcpServers": {,}\n}');
  put(world, ".codex/config.toml", "a = 1\nb = = 2\n");
  put(world, ".claude/settings.json", Buffer.from([0xff, 0xfe, 0x7b, 0]));
  put(world, ".claude/agents", "a file");
  const before = pictureOf(world.root);
  const { planned } = await deploy(world, [...mixed(), fileOutput("ok.md", "1")]);
  expect(planned.diagnostics.map(({ path, line }) => `${path}:${line}`).toSorted()).toEqual([
    ".claude/agents/a.md:null",
    ".claude/settings.json:null",
    ".codex/config.toml:2",
    ".mcp.json:2",
    "AGENTS.md:2",
  ]);
  const { "ok.md": made, ".claude/skills": _, ...rest } = pictureOf(world.root);
  expect(made).toBe("file 644 1");
  expect(Object.fromEntries(Object.entries(rest).filter(([path]) => !path.startsWith(".claude/skills")))).toEqual(before);
});

test("a TOML table that a person defines already, or a block that breaks the file, leaves the unit out", async () => {
  const world = newWorld();
  put(world, ".codex/config.toml", "[mcp_servers.srv]\ncommand = 'mine'\n");
  const toml = (text: string, claims: string[]) => [blockOutput(".codex/config.toml", text, { claims })];
  expect(planIn(world.site, toml("[mcp_servers.srv]\n", ["mcp_servers.srv"])).changes[0]).toMatchObject({
    op: "conflict",
    reason: expect.stringContaining("[mcp_servers.srv]"),
  });
  expect(planIn(world.site, toml("[broken", [])).diagnostics).toHaveLength(1);
});

test("what does not fit a limit is left out whole, and what takes its place must be there before the old goes", async () => {
  const world = newWorld();
  const owners = [["codex", "b", "rule/r"]] as const;
  await deploy(world, [fileOutput("rules/r.md", "1", { owners })]);
  const { planned } = await deploy(world, [blockOutput("AGENTS.md", "x".repeat(200), { owners, limit: 100 })]);
  expect(opsOf(planned)).toEqual(["conflict AGENTS.md block:b"]);
  expect(planned.diagnostics[0]?.message).toMatch(/readers stop at 100/);
  expect(textAt(world, "rules/r.md")).toBe("1");
  expect(existsSync(join(world.root, "AGENTS.md"))).toBe(false);
  await deploy(world, [], { hold: ["rule/r"] });
  expect(textAt(world, "rules/r.md")).toBe("1");
  await deploy(world, [blockOutput("AGENTS.md", "r", { owners, limit: 100 })]);
  expect(Object.keys(pictureOf(world.root))).toEqual(["AGENTS.md"]);
});

test("an update keeps the permissions that a person gave a file, and follows ours for what is executable", async () => {
  const world = newWorld();
  await deploy(world, [fileOutput("x", "1"), blockOutput("AGENTS.md", "1")]);
  chmodSync(join(world.root, "x"), 0o640);
  chmodSync(join(world.root, "AGENTS.md"), 0o600);
  await deploy(world, [fileOutput("x", "1", { mode: 0o755 }), blockOutput("AGENTS.md", "2")]);
  expect(pictureOf(world.root)).toMatchObject({ x: "file 750 1", "AGENTS.md": expect.stringMatching(/^file 600 /) });
});

test("a file that a person saves between plan and apply stops the run, and nothing of it remains", async () => {
  const world = newWorld();
  await deploy(world, [fileOutput("a", "1"), fileOutput("b", "1"), fileOutput("c", "1")]);
  for (const [path, next] of [
    ["b", [fileOutput("a", "2"), fileOutput("b", "2"), fileOutput("n/n", "2")]],
    ["b", [fileOutput("a", "2")]],
    ["z", [fileOutput("a", "2"), fileOutput("z", "2")]],
  ] as const) {
    const planned = planIn(world.site, next);
    put(world, path, "saved just now");
    const before = pictureOf(world.root);
    await expect(applyPlan(world.site, planned, { now: Date.now })).rejects.toMatchObject({ code: "state_conflict", message: expect.stringContaining(path) });
    expect(pictureOf(world.root)).toEqual(before);
    put(world, "b", "1");
  }
});

test("what runs by itself is asked for once, again when it changes, and never granted by a project", async () => {
  const world = newWorld();
  const asked: string[][] = [];
  const consent = async (outputs: readonly Output[], answer = true): Promise<void> => {
    const planned = planIn(world.site, outputs);
    await requireConsent({
      ...{ site: world.site, planned, now: 0 },
      ask: async (needs) => {
        asked.push(needs.flatMap(({ artifacts, places }) => [...artifacts, ...places.map(({ path, text }) => `${path}: ${text?.length}`)]));
        return answer;
      },
    });
  };
  await expect(consent(mixed(), false)).rejects.toMatchObject({ code: "consent_missing" });
  expect(asked[0]?.filter((text) => !text.includes(":"))).toEqual(["mcp/srv", "mcp/srv", "behavior/fmt"]);
  expect(readdirSync(world.root)).toEqual([]);
  await consent(mixed());
  await consent(mixed());
  expect(asked).toHaveLength(2);
  await deploy(world, mixed());
  await consent(mixed());
  expect(asked).toHaveLength(2);
  await consent([
    ...mixed().filter(({ unit }) => unit !== "behavior/fmt"),
    fileOutput(".aiwg/behaviors/fmt/run.mjs", "other", { unit: "behavior/fmt", owners: [["claude-code", "b", "behavior/fmt"]] }),
  ]);
  expect(asked[2]?.[0]).toBe("behavior/fmt");
  await consent([fileOutput("rules/x.md", "1")]);
  expect(asked).toHaveLength(3);
});
