import { expect, test } from "vitest";
import { emptyFacts, personOwns } from "../../../test/context/fixture.ts";
import type { Facts } from "../facts.ts";
import type { Kind } from "../model.ts";
import type { Platform } from "../platform.ts";
import { chooseAll, choosePlaces } from "./place.ts";
import { platformsNamed } from "../platforms/table.ts";

function placesOf(kind: Kind, names: readonly string[], facts: Facts = emptyFacts(), scoped = false): Record<string, string> {
  const { places, unserved } = choosePlaces({ kind, scoped, folder: null }, platformsNamed(names), "project", facts);
  return Object.fromEntries([
    ...places.map(({ path, platforms }) => [path, platforms.join(" ")]),
    ...unserved.map(({ platform, blockedBy }) => [`(${platform})`, blockedBy.map(({ path, file, how, from }) => `${path} ${how} ${file} ${from}`).join("; ")]),
  ]);
}

const ALL = ["claude-code", "codex", "copilot", "opencode"];

test("a skill lies once for all platforms that share a folder", () => {
  expect(placesOf("skill", ["claude-code", "copilot"])).toEqual({ ".claude/skills/{name}": "claude-code copilot-cli copilot-vscode" });
  expect(placesOf("skill", ALL)).toEqual({ ".agents/skills/{name}": "codex copilot-cli copilot-vscode opencode", ".claude/skills/{name}": "claude-code" });
});

test("rules that are always loaded go into one AGENTS.md for all, and into a file of its own for Claude Code alone", () => {
  expect(placesOf("rule", ALL)).toEqual({ "AGENTS.md": "claude-code codex copilot-cli copilot-vscode opencode" });
  expect(placesOf("rule", ["claude-code"])).toEqual({ ".claude/rules/{name}.md": "claude-code" });
});

test("scoped rules go where a client can scope them, and into AGENTS.md for those that cannot", () => {
  expect(placesOf("rule", ALL, emptyFacts(), true)).toEqual({
    ".claude/rules/{name}.md": "claude-code copilot-cli copilot-vscode",
    "AGENTS.md": "codex opencode",
  });
  expect(placesOf("rule", ["copilot", "codex"], emptyFacts(), true)).toEqual({
    ".github/instructions/{name}.instructions.md": "copilot-cli copilot-vscode",
    "AGENTS.md": "codex",
  });
});

test("no hook fires twice: Copilot runs those of Claude Code too", () => {
  expect(placesOf("behavior", ["claude-code", "copilot"])).toEqual({ ".claude/settings.json": "claude-code copilot-cli copilot-vscode" });
  expect(placesOf("mcp", ["claude-code", "copilot-cli"])).toEqual({ ".mcp.json": "claude-code copilot-cli" });
});

test("a person's CLAUDE.md hides AGENTS.md from Claude Code, so it is served elsewhere", () => {
  expect(placesOf("rule", ["claude-code", "codex"], personOwns("CLAUDE.md"))).toEqual({ "AGENTS.md": "codex", ".claude/rules/{name}.md": "claude-code" });
});

test("a file of white space hides nothing from Claude Code, but an empty override does from Codex", () => {
  const blank = { bytes: 0, crlf: false, blank: true, real: "/p/x" };
  const facts = {
    ...emptyFacts(),
    persons: new Map([
      ["CLAUDE.md", blank],
      ["AGENTS.override.md", blank],
    ]),
  };
  expect(placesOf("rule", ["claude-code", "opencode"], facts)).toEqual({ "AGENTS.md": "claude-code opencode" });
  expect(placesOf("rule", ["codex"], facts)).toEqual({ "(codex)": "AGENTS.md hides AGENTS.override.md codex" });
});

test("a CLAUDE.md that is a link to AGENTS.md hides nothing", () => {
  const file = { bytes: 9, crlf: false, blank: false, real: "/p/AGENTS.md" };
  const facts = {
    ...emptyFacts(),
    persons: new Map([
      ["AGENTS.md", file],
      ["CLAUDE.md", file],
    ]),
  };
  expect(placesOf("rule", ["claude-code", "codex"], facts)).toEqual({ "AGENTS.md": "claude-code codex" });
});

test("a new AGENTS.md would hide a person's CLAUDE.md from OpenCode, so the rules go into CLAUDE.md", () => {
  expect(placesOf("rule", ["opencode"], personOwns("CLAUDE.md"))).toEqual({ "CLAUDE.md": "opencode" });
  expect(placesOf("rule", ["opencode"], personOwns("CLAUDE.md", "AGENTS.md"))).toEqual({ "AGENTS.md": "opencode" });
});

test("where others need AGENTS.md, OpenCode takes it too, as it can be told of CLAUDE.md in its settings", () => {
  expect(placesOf("rule", ["codex", "opencode"], personOwns("CLAUDE.md"))).toEqual({ "AGENTS.md": "codex opencode" });
});

test("where every place would hide a person's file, nothing is written for the platform and the file is named", () => {
  expect(placesOf("rule", ["codex", "muse"], personOwns("CLAUDE.md"))).toEqual({
    "CLAUDE.md": "muse",
    "(codex)": "AGENTS.md hidden CLAUDE.md muse",
  });
  expect(placesOf("mcp", ["claude-code", "copilot-cli"], personOwns(".github/mcp.json"))).toEqual({
    ".github/mcp.json": "copilot-cli",
    "(claude-code)": ".mcp.json hidden .github/mcp.json copilot-cli",
  });
  expect(placesOf("rule", ["codex"], personOwns("AGENTS.override.md"))).toEqual({ "(codex)": "AGENTS.md hides AGENTS.override.md codex" });
});

test("a file that has two names is written under the one that a person has", () => {
  expect(placesOf("mcp", ["opencode"])).toEqual({ "opencode.json": "opencode" });
  expect(placesOf("mcp", ["opencode"], personOwns("opencode.jsonc"))).toEqual({ "opencode.jsonc": "opencode" });
  // Of two the one whose entries win.
  expect(placesOf("mcp", ["opencode"], personOwns("opencode.json", "opencode.jsonc"))).toEqual({ "opencode.jsonc": "opencode" });
  expect(placesOf("mcp", ["opencode"], personOwns("opencode.json"))).toEqual({ "opencode.json": "opencode" });
});

test("a client that reads the first of several files gets its rules where a person has one of them", () => {
  expect(placesOf("rule", ["warp", "codex"])).toEqual({ "AGENTS.md": "codex warp" });
  expect(placesOf("rule", ["warp", "codex"], personOwns("WARP.md"))).toEqual({ "AGENTS.md": "codex", "WARP.md": "warp" });
  expect(placesOf("rule", ["zed"], personOwns(".github/copilot-instructions.md", "AGENTS.md"))).toEqual({ ".github/copilot-instructions.md": "zed" });
  expect(placesOf("rule", ["hermes"], personOwns("CLAUDE.md"))).toEqual({ "CLAUDE.md": "hermes" });
  expect(placesOf("rule", ["junie"], personOwns(".junie/guidelines.md"))).toEqual({ ".junie/guidelines.md": "junie" });
  expect(placesOf("rule", ["junie", "codex"], personOwns(".junie/guidelines.md"))).toEqual({
    ".junie/guidelines.md": "junie",
    "(codex)": "AGENTS.md hidden .junie/guidelines.md junie",
  });
});

test("no hook fires twice in clients that run another's hooks, and a file that hides the others is never made", () => {
  expect(placesOf("behavior", ["claude-code", "cursor"])).toEqual({ ".claude/settings.json": "claude-code cursor" });
  expect(placesOf("behavior", ["factory"])).toEqual({ ".factory/settings.json": "factory" });
  expect(placesOf("behavior", ["factory"], personOwns(".factory/hooks.json"))).toEqual({ ".factory/hooks.json": "factory" });
  expect(placesOf("mcp", ["claude-code", "qwen-code"])).toEqual({ ".mcp.json": "claude-code qwen-code" });
});

test("of places that are as good the one with the lesser path is taken, whatever comes first", () => {
  const target = (path: string) => ({ place: "file", path, codec: "skill-folder", evidence: "peer", checkedOn: "2026-11-26" }) as const;
  const row = (id: string, ...paths: readonly string[]): Platform => ({ id, label: id, docs: "", detect: [], project: { skill: paths.map(target) }, user: {} });
  const rows = [
    row("one", ".b/{name}", ".a/{name}"),
    row("two", ".a/{name}", ".b/{name}"),
    row("three", ".b/{name}", ".a/{name}"),
    row("four", ".a/{name}", ".b/{name}"),
  ];
  for (const platforms of [rows, rows.toReversed()])
    expect(choosePlaces({ kind: "skill", scoped: false, folder: null }, platforms, "project", emptyFacts()).places).toMatchObject([
      { path: ".a/{name}", platforms: ["four", "one", "three", "two"], primary: "four" },
    ]);
});

test("a kind that a platform does not have leaves it unserved without a blocker", () => {
  expect(placesOf("command", ["zed"])).toEqual({ "(zed)": "" });
});

test("a file that the deploy itself makes hides another from its reader: the reader is served there", () => {
  const rules = [
    { kind: "rule", scoped: false, folder: null },
    { kind: "rule", scoped: true, folder: null },
  ] as const;
  const served = chooseAll(rules, platformsNamed(["claude-code", "opencode"]), "user", emptyFacts()).map(({ places }) =>
    places.flatMap(({ path, platforms }) => (platforms.includes("opencode") ? [path] : [])),
  );
  expect(served).toEqual([[".config/opencode/AGENTS.md"], [".config/opencode/AGENTS.md"]]);
});

test("a command stands as a skill only where nobody else reads it as a second one of its name", () => {
  expect(placesOf("command", ["claude-code", "codex"])).toEqual({ ".agents/skills/{name}/SKILL.md": "codex", ".claude/commands/{name}.md": "claude-code" });
  expect(placesOf("command", ["codex", "opencode"])).toEqual({ ".opencode/commands/{name}.md": "opencode", "(codex)": "" });
});
