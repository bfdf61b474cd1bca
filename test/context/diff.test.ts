import { expect, test } from "vitest";
import { diffText } from "../../src/context/plan/diff-text.ts";
import { fileOutput, planIn, valueOutput } from "./outputs.ts";
import { deploy, newWorld } from "./rig.ts";

test("a plan shows a real diff of each place, and says what is not text", async () => {
  const world = newWorld();
  await deploy(world, [fileOutput("x.md", "one\ntwo\n"), valueOutput(".mcp.json", "/mcpServers/s", { command: "a" })]);
  const { changes } = planIn(world.site, [
    fileOutput("x.md", "one\n2\n"),
    valueOutput(".mcp.json", "/mcpServers/s", { command: "b" }),
    fileOutput("bin", Buffer.from([0, 1])),
  ]);
  const text = changes.map(diffText).join("");
  expect(text).toContain('-  "command": "a"\n+  "command": "b"');
  expect(text).toContain("--- a/x.md\n+++ b/x.md\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
  expect(text).toContain("bin: not text; create\n");
});
