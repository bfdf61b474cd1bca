import { expect, test } from "vitest";
import { foreignTables, removeTomlBlock, setTomlBlock } from "./toml-block.ts";

const person = '# my settings\r\nmodel = "x" # fast\r\n\r\n[mcp_servers.mine]\r\ncommand = "m"\r\n';

test("a block of tables joins a commented file and leaves it byte for byte", () => {
  const set = setTomlBlock(person, "b", '[mcp_servers.ours]\ncommand = "o"');
  const text = "text" in set ? set.text : "";
  expect(text).toBe(`${person}\r\n# aiwg:begin b\r\n[mcp_servers.ours]\r\ncommand = "o"\r\n# aiwg:end b\r\n`);
  expect(removeTomlBlock(text, "b")).toEqual({ text: person });
});

test("tables that a person defines already are named, in whatever way they are written", () => {
  expect(foreignTables(person, "b", ["mcp_servers.mine", "mcp_servers.ours"])).toEqual({ tables: ["mcp_servers.mine"] });
  expect(foreignTables('mcp_servers = { "a.b" = {} }', "b", ['mcp_servers."a.b"', "mcp_servers.a"])).toEqual({ tables: ['mcp_servers."a.b"'] });
  expect(foreignTables("# aiwg:begin b\n[mcp_servers.ours]\n# aiwg:end b\n", "b", ["mcp_servers.ours"])).toEqual({ tables: [] });
});

test("a file that does not parse, before or after, is a defect with a line", () => {
  expect(foreignTables("a = 1\nb = = 2\n", "b", [])).toEqual({ defect: { line: 2, message: expect.stringMatching(/^not valid TOML/) } });
  expect(setTomlBlock("[a]\n", "b", "[a]\n")).toEqual({ defect: { line: expect.any(Number), message: expect.stringMatching(/TOML/) } });
  expect(setTomlBlock("mcp_servers = {}\n", "b", "[mcp_servers.x]")).toHaveProperty("defect");
});
