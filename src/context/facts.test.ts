import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { detectPlatforms } from "./detect.ts";
import { gatherFacts, type Facts } from "./facts.ts";
import type { At, Lock } from "./output.ts";
import { platformsNamed, PLATFORMS } from "./platforms/table.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "aiwg-facts-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function lockOf(created: readonly string[], ...outputs: readonly (readonly [string, At])[]): Pick<Lock, "outputs" | "created"> {
  return { created, outputs: outputs.map(([path, at]) => ({ path, at, hash: "", mode: null, owners: [], origin: "created" })) };
}

function factsOf(lock: Pick<Lock, "outputs" | "created"> = lockOf([]), env: Record<string, string> = {}, scope: "project" | "user" = "project"): Facts {
  return gatherFacts({ root, isOpen: () => false, scope, platforms: PLATFORMS, artifacts: [], lock, state: join(root, ".local/state/aiwg") }, env);
}

const personsOf = (lock?: Pick<Lock, "outputs" | "created">): readonly string[] => [...factsOf(lock).persons.keys()].toSorted();

test("what a person has is found; a file of white space is told apart", () => {
  expect(personsOf()).toEqual([]);
  write("CLAUDE.md", "  \n\n");
  expect(factsOf().persons.get("CLAUDE.md")).toMatchObject({ blank: true, bytes: 0 });
  write("CLAUDE.md", "# Mine\n");
  write(".mcp.json", "{}");
  expect(personsOf()).toEqual([".mcp.json", "CLAUDE.md"]);
});

test("our blocks are no person's, and are not counted in its bytes", () => {
  const block = "<!-- aiwg:begin house -->\nrule\n<!-- aiwg:end house -->\n";
  write("AGENTS.md", block);
  expect(personsOf()).toEqual([]);
  write("AGENTS.md", `mine\n${block}yours\n`);
  expect(factsOf().persons.get("AGENTS.md")).toMatchObject({ bytes: 11, crlf: false });
  write("AGENTS.md", `mine\n\n${block}`);
  expect(factsOf().persons.get("AGENTS.md")).toMatchObject({ bytes: 5, crlf: false, blank: false });
  write("AGENTS.md", `mine\r\n${block.replaceAll("\n", "\r\n")}`);
  expect(factsOf().persons.get("AGENTS.md")).toMatchObject({ bytes: 5, crlf: true });
});

test("a block without its end is a person's text, and many beginnings take no time", () => {
  write("AGENTS.md", "<!-- aiwg:begin house -->\nrule\n");
  expect(personsOf()).toEqual(["AGENTS.md"]);
  write("AGENTS.md", "<!-- aiwg:begin a -->\n".repeat(100_000));
  expect(personsOf()).toEqual(["AGENTS.md"]);
});

test("a JSON file that we made is a person's once it holds more than our values", () => {
  const lock = lockOf([".mcp.json"], [".mcp.json", "/mcpServers/files"]);
  write(".mcp.json", '{ "mcpServers": { "files": { "command": "x" } } }');
  expect(personsOf(lock)).toEqual([]);
  expect(personsOf(lockOf([], [".mcp.json", "/mcpServers/files"]))).toEqual([".mcp.json"]);
  write(".mcp.json", '{ "mcpServers": { "files": { "command": "x" }, "mine": {} } }');
  expect(personsOf(lock)).toEqual([".mcp.json"]);
});

test("entries of arrays are ours as far as the lock names as many", () => {
  const lock = lockOf([".claude/settings.json"], [".claude/settings.json", "/hooks/Stop/a"]);
  write(".claude/settings.json", '{ "hooks": { "Stop": [{}] } }');
  expect(personsOf(lock)).toEqual([]);
  write(".claude/settings.json", '{ "hooks": { "Stop": [{}, {}] } }');
  expect(personsOf(lock)).toEqual([".claude/settings.json"]);
});

test("two names of one file have one real path", () => {
  write("AGENTS.md", "mine\n");
  symlinkSync("AGENTS.md", join(root, "CLAUDE.md"));
  const { persons } = factsOf();
  expect(persons.get("CLAUDE.md")?.real).toBe(persons.get("AGENTS.md")?.real);
});

test("links that end nowhere and folders are nobody's", () => {
  symlinkSync("nowhere", join(root, "CLAUDE.md"));
  symlinkSync("AGENTS.md", join(root, "AGENTS.md"));
  mkdirSync(join(root, ".mcp.json"));
  expect(personsOf()).toEqual([]);
});

test("scripts of behaviors lie below the state folder for a user, and nowhere if that is outside of the root", () => {
  expect(factsOf().behaviors).toBe(".aiwg/behaviors");
  expect(factsOf(lockOf([]), {}, "user")).toMatchObject({
    behaviors: ".local/state/aiwg/behaviors",
    behaviorsShown: join(root, ".local/state/aiwg/behaviors"),
  });
  const input = { root, isOpen: () => false, scope: "user", platforms: PLATFORMS, artifacts: [], lock: lockOf([]) } as const;
  expect(gatherFacts({ ...input, state: "/elsewhere" }, {}).behaviors).toBeNull();
});

test("variables that move a user's files are told, in user scope alone", () => {
  expect(factsOf(lockOf([]), { CODEX_HOME: "/c" }, "user").moved).toEqual([{ platform: "codex", variable: "CODEX_HOME", value: "/c" }]);
  expect(factsOf(lockOf([]), { CODEX_HOME: "/c" }).moved).toEqual([]);
});

test("whether case matters is found without writing", () => {
  write("readme.md", "x");
  const before = factsOf().caseInsensitive;
  write("README.MD", "other");
  // On a disk where case does not matter the second write hit the first file, and both answers are true.
  expect(factsOf().caseInsensitive).toBe(before);
});

test("platforms are found by what they leave in a project; AGENTS.md marks none", () => {
  const found = (): readonly string[] => detectPlatforms(root, PLATFORMS);
  write("AGENTS.md", "x");
  expect(found()).toEqual([]);
  write("CLAUDE.md", "x");
  mkdirSync(join(root, ".codex"));
  write("opencode.jsonc", "{}");
  expect(found()).toEqual(["claude-code", "codex", "opencode"]);
  write(".github/copilot-instructions.md", "x");
  expect(found()).toEqual(["claude-code", "codex", "copilot-cli", "copilot-vscode", "opencode"]);
  expect(detectPlatforms(root, platformsNamed(["codex"]))).toEqual(["codex"]);
});
