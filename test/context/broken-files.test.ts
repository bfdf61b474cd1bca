// Files of a person that nothing can be put into as they are: what happens with them, and the ways out.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileOutput, memberOutput, planIn, valueOutput } from "./outputs.ts";
import { deploy, newWorld, opsOf, pictureOf, put, textAt } from "./rig.ts";

const server = { command: "npx", args: ["-y", "srv"] };
const hook = { matcher: "Edit", hooks: [{ type: "command", command: "node .aiwg/behaviors/fmt/run.mjs" }] };

test.each(["", " \r\n", "// mine\n", "\uFEFF/* mine */"])("a file without a value is filled, and is as it was when the bundle goes: %j", async (text) => {
  const world = newWorld();
  put(world, ".mcp.json", text);
  const outputs = [valueOutput(".mcp.json", "/mcpServers/a", server), memberOutput(".mcp.json", "/hooks/Stop/fmt", hook, "behaviors/fmt/")];
  const { planned } = await deploy(world, outputs);
  expect(opsOf(planned)).toEqual(["create .mcp.json /hooks/Stop/fmt", "create .mcp.json /mcpServers/a"]);
  expect(planIn(world.site, outputs).changes).toEqual([]);
  await deploy(world, []);
  expect(textAt(world, ".mcp.json")).toBe(text);
  expect(Object.keys(pictureOf(world.root))).toEqual([".mcp.json"]);
});

test.each(['{"a": ', "[]", '{"mcpServers": []}'])("a broken file has ways out: --force replaces it whole with a copy, keep leaves it: %s", async (text) => {
  const world = newWorld();
  put(world, ".mcp.json", text);
  put(world, "other.json", text);
  const outputs = [valueOutput(".mcp.json", "/mcpServers/a", server), valueOutput(".mcp.json", "/mcpServers/b", server)];
  expect(planIn(world.site, outputs).changes.map(({ op, reason }) => [op, reason])).toEqual(
    Array(2).fill(["conflict", expect.stringMatching(/^line 1: .*; aiwg deploy --force \.mcp\.json replaces the whole file .*, aiwg keep \.mcp\.json /)]),
  );
  const { planned, applied } = await deploy(world, outputs, { force: [".mcp.json"] });
  expect(planned.changes.map(({ op, reason }) => [op, reason])).toEqual(Array(2).fill(["create", expect.stringMatching(/a copy of it is kept/)]));
  expect(JSON.parse(textAt(world, ".mcp.json"))).toEqual({ mcpServers: { a: server, b: server } });
  expect(applied.backups.map((path) => readFileSync(path, "utf8"))).toEqual([text]);
  // Only what was named: not what belongs to the same artifact.
  const unit = { unit: "behavior/fmt", owners: [["claude-code", "b", "behavior/fmt"]] as const };
  const both = [fileOutput("x.sh", "x", unit), valueOutput("other.json", "/mcpServers/a", server, unit)];
  await deploy(world, both, { force: ["x.sh"] });
  expect(textAt(world, "other.json")).toBe(text);
  await deploy(world, both, { keep: ["other.json"] });
  expect(planIn(world.site, both).changes.every(({ op }) => op === "keep")).toBe(true);
  expect(textAt(world, "other.json")).toBe(text);
});
