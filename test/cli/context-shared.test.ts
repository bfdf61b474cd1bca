// Files and folders that several platforms read: what is said for one of them, and what one of them gets for another's sake.
// Must not know formats beyond what the tests write.
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
