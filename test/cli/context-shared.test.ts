// Files and folders that several platforms read: what is said for one of them, and what one of them gets for another's sake.
// Must not know formats beyond what the tests write.
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeGround, plant } from "./context-rig.ts";

test("what Copilot alone understands does not reach Claude Code's file, and Copilot's lost limit is told", async () => {
  const { run, dir, read, json } = makeGround("project", {});
  const written = "---\ndescription: plays x\ntools: ['codebase', 'search', 'editFiles']\nmodel: GPT-4.1\n---\n\nYou are x.\n";
  plant(join(dir, "cop"), { "agents/x.agent.md": written, "instructions/a.instructions.md": "---\napplyTo: '**'\n---\nBe kind.\n" });
  const { data } = await json("use", join(dir, "cop"), "--to", "claude-code,copilot");
  expect(read(".claude/agents/x.md")).toBe("---\nname: x\ndescription: plays x\ntools: Grep, Glob, Edit, Write\n---\n\nYou are x.\n");
  const own = "its own is left out: .claude/agents/x.md is in the words of claude-code";
  const told = (field: string, protects: boolean): object => expect.objectContaining({ platform: "copilot-cli", field, note: own, protects });
  expect(data).toMatchObject({ fidelity: expect.arrayContaining([told("tools", true), told("model", false)]) });
  expect(await run("deploy", "--strict")).toMatchObject({ code: 1, stderr: expect.stringContaining(`copilot-cli: agent/x: tools is degraded  ${own}`) });
  // Where nobody else reads the file, all of it is there.
  const alone = makeGround("project", {});
  await alone.run("use", join(dir, "cop"), "--to", "copilot");
  expect(alone.read(".github/agents/x.agent.md")).toMatch(/- codebase\n.*- search\n.*- editFiles\nmodel: GPT-4.1/s);
});

const SHIP = { "commands/ship.md": "---\ndescription: ships\n---\n\nShip $ARGUMENTS.\n" };
const RIVAL = "opencode reads .agents/skills too and has commands, so there would be two of one name";

test("a command that another platform takes from Codex is told with who and why, not only counted", async () => {
  const { run, bundle, picture, json } = makeGround("project", SHIP);
  await run("use", bundle, "--to", "codex");
  expect(Object.keys(picture())).toContain(".agents/skills/ship/SKILL.md");
  const ran = await run("use", bundle, "--to", "codex,opencode");
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("delete   .agents/skills/ship/SKILL.md") });
  expect(ran.stderr).toContain(`! .agents/skills: command/ship left out for codex: ${RIVAL}. Made a skill, it reaches them all.\n`);
  const { data } = await json("deploy", "--dry-run");
  expect(data).toMatchObject({ fidelity: expect.arrayContaining([expect.objectContaining({ platform: "codex", field: "*", note: RIVAL })]) });
});

test("what import leaves says whom a reason is about, and only reasons of who reads the file", async () => {
  const { put, json } = makeGround("project", {});
  put(".codex/agents/cx.toml", 'name = "cx"\ndescription = "d"\n# mine\ndeveloper_instructions = "Do."\n');
  put(".codex/config.toml", "");
  put(".agents/skills/go/SKILL.md", "---\nname: go\ndescription: d\n---\n\nGo.\n");
  put(".aiwg/aiwg.jsonc", '{"platforms": ["codex", "zed"]}\n');
  const { data } = await json("import", "codex", "--dry-run");
  expect(data).toMatchObject({ notes: [".codex/agents/cx.toml: stays as it is: a deploy would write .codex/agents/cx.toml in other words"] });
});

test("a project's own AGENTS.md is not deployed into itself: refused at the start, with a way out that works", async () => {
  const { run, json, put, picture, root } = makeGround("project", {});
  put("AGENTS.md", "Be kind.\n");
  symlinkSync("AGENTS.md", join(root, "CLAUDE.md"));
  const before = picture(true);
  for (const more of [["--dry-run"], []]) {
    const { code, error } = await json("use", ".", "--to", "codex", ...more);
    expect(code).toBe(2);
    expect(error).toMatchObject({
      code: "usage",
      message: "AGENTS.md is the source of rule/work, and also where a deploy would write it for codex",
      hint: expect.stringContaining("move it into a file such as .aiwg/context/rules/work.md, then run aiwg deploy"),
    });
  }
  expect([picture(true), existsSync(join(root, ".aiwg"))]).toEqual([before, false]);
  put(".aiwg/context/rules/work.md", "Be kind.\n");
  rmSync(join(root, "AGENTS.md"));
  expect(await run("deploy", "--to", "codex")).toMatchObject({ code: 0 });
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
});

test("an AGENTS.md of a folder below is a source like any other", async () => {
  const { run, put, read } = makeGround("project", {});
  put("api/AGENTS.md", "Be kind.\n");
  expect(await run("use", "./api", "--to", "codex")).toMatchObject({ code: 0 });
  expect(read("AGENTS.md")).toBe("<!-- aiwg:begin api -->\nBe kind.\n<!-- aiwg:end api -->\n");
});

test("what is told of one thing is said of one, and a kind has its own article", async () => {
  const one = makeGround("project", { "rules/r.md": "---\ndescription: d\nalwaysApply: false\n---\n\nText.\n" });
  expect((await one.run("use", one.bundle, "--to", "codex")).stderr).toContain("  1 field does not arrive as it is; --dry-run says which\n");
  expect((await one.run("doctor")).stdout).toContain("1 artifact stands as the bundles say (codex)");
  const none = makeGround("project", {
    "agents/a.md": "---\nname: a\ndescription: d\n---\n\nText.\n",
    "mcp.json": '{"mcpServers": {"s": {"command": "x"}}}\n',
  });
  const { stderr } = await none.run("use", none.bundle, "--to", "roo,warp,muse", "--dry-run");
  expect(stderr).toMatch(/no place for an agent in this scope.*no place for an MCP server in this scope/s);
});

test("what does not fit a shared file names who has the limit, and who shares it", async () => {
  const { run, bundle } = makeGround("project", { "rules/a.md": `${"x".repeat(25_000)}\n`, "rules/b.md": `${"x".repeat(25_000)}\n` });
  const { code, stderr } = await run("use", bundle, "--to", "codex,openclaw,pi", "--dry-run");
  expect(code).toBe(1);
  expect(stderr).toContain("AGENTS.md: rule/a does not fit: openclaw reads 20,000 bytes of this file, which codex, pi share. Shorten it");
  const alone = await run("use", bundle, "--to", "codex", "--dry-run");
  expect(alone.stderr).toContain("AGENTS.md: rule/b does not fit: codex reads 32,768 bytes of this file. Shorten it");
});
