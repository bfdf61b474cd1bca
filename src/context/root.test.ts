import fc from "fast-check";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { rmSync } from "node:fs";
import { placesOf } from "../core/node/paths.ts";
import { pathFault } from "./path-fault.ts";
import { judgeOwnFiles, openRoot } from "./root.ts";
import { siteOf } from "./site.ts";

function world() {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-root-")));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  for (const folder of ["home", "project", "project/real", "outside"]) mkdirSync(join(base, folder));
  const site = siteOf({ scope: "project", root: join(base, "project"), home: join(base, "home"), places: placesOf({ AIWG_HOME: join(base, "aiwg") }) });
  return { base, site, root: site.root };
}

test.each([
  "",
  "/etc/passwd",
  "a//b",
  "a/",
  "../a",
  "a/../../b",
  "a/./b",
  ".",
  "..",
  "a\0b",
  "a\nb",
  "a\\b",
  "C:/x",
  "a:b",
  "con",
  "a/NUL.md",
  "com1.txt",
  "LPT9",
  "a.",
  "a /b",
  "a/ b",
  ".git/config",
  "x/.GIT/hooks/a",
  "git~1/a",
  `a/${"x".repeat(256)}`,
  "a?b",
])("a name that could mean another place is refused: %j", (path) => {
  expect(pathFault(path)).toBeTypeOf("string");
  const { site } = world();
  expect(() => openRoot(site).locate(path)).toThrow(expect.objectContaining({ code: "path_escape" }));
});

test.each([
  "a",
  ".claude/skills/x/SKILL.md",
  ".github/prompts/a.prompt.md",
  "console",
  "com10",
  "a b/c",
  "ünï/文.md",
  ".gitignore",
  ".mcp.json",
  "..a",
  "a..b",
])("a plain name is taken: %s", (path) => {
  expect(pathFault(path)).toBe(undefined);
});

test("a link out of the root refuses, at any depth, also where it leads to nothing yet", () => {
  const { base, site, root } = world();
  symlinkSync(join(base, "outside"), join(root, "out"));
  symlinkSync(join(base, "outside", "not-yet"), join(root, "dangling"));
  symlinkSync("../../outside/x", join(root, "real", "file"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync(join(base, "project2"), join(root, "neighbour"));
  for (const path of ["out/a", "out/a/b/c", "dangling/a", "dangling", "real/file", "loop", "loop/a", "neighbour/a"]) {
    expect(() => openRoot(site).locate(path), path).toThrow(expect.objectContaining({ code: "path_escape" }));
  }
  expect(existsSync(join(base, "outside", "x"))).toBe(false);
});

test("a link inside of the root is followed to the one real place", () => {
  const { site, root } = world();
  writeFileSync(join(root, "AGENTS.md"), "x");
  symlinkSync("AGENTS.md", join(root, "CLAUDE.md"));
  symlinkSync(join(root, "real"), join(root, "linked"));
  symlinkSync("linked/later/file", join(root, "soon"));
  symlinkSync(".", join(root, "self"));
  const { locate, missingFolders } = openRoot(site);
  expect(locate("CLAUDE.md").real).toBe("AGENTS.md");
  expect(locate("CLAUDE.md").stat?.isFile()).toBe(true);
  expect(locate("linked/a/b").real).toBe("real/a/b");
  expect(locate("soon")).toEqual({ real: "real/later/file", stat: undefined, blocked: null });
  expect(locate("self/self/x").real).toBe("x");
  expect(missingFolders("real/a/b")).toEqual(["real/a"]);
  expect(missingFolders("n1/n2/n3")).toEqual(["n1", "n1/n2"]);
  expect(locate("AGENTS.md/x").blocked).toBe("AGENTS.md is no folder");
});

test("no output is one of our own files, or a git repository's, by name or by link", () => {
  const { site, root } = world();
  mkdirSync(join(root, ".git", "hooks"), { recursive: true });
  symlinkSync(".git/hooks", join(root, "hooks"));
  mkdirSync(join(root, ".aiwg"));
  symlinkSync(".aiwg", join(root, "own"));
  const { locate } = openRoot(site);
  for (const path of ["hooks/pre-commit", ".aiwg/aiwg.lock", ".AIWG/aiwg.jsonc", "own/aiwg.lock", "own/journal/x", ".aiwg/behaviors"]) {
    expect(() => locate(path), path).toThrow(expect.objectContaining({ code: "path_escape" }));
  }
  expect(locate(".aiwg/behaviors/x/run.sh").real).toBe(".aiwg/behaviors/x/run.sh");
  rmSync(join(root, ".aiwg"), { recursive: true });
  symlinkSync("real", join(root, ".aiwg"));
  for (const path of [".aiwg/aiwg.lock", "real/aiwg.lock"]) expect(() => openRoot(site).locate(path), path).toThrow(/keeps for itself/);
  expect(openRoot(site).locate(".aiwg/behaviors/x/run.sh").real).toBe("real/behaviors/x/run.sh");
});

test("project scope never writes to the home folder, whether it is the root or lies below it", () => {
  const { base } = world();
  const places = placesOf({ AIWG_HOME: join(base, "aiwg") });
  symlinkSync(join(base, "home"), join(base, "alias"));
  for (const root of ["home", "alias"]) {
    expect(() => siteOf({ scope: "project", root: join(base, root), home: join(base, "home"), places })).toThrow(
      expect.objectContaining({ code: "path_escape" }),
    );
  }
  const above = siteOf({ scope: "project", root: base, home: join(base, "alias"), places });
  expect(() => openRoot(above).locate("home/.claude/x")).toThrow(/never writes/);
  expect(() => openRoot(above).locate("alias/x")).toThrow(/never writes/);
  expect(openRoot(above).locate("project/x").real).toBe("project/x");
});

test("our own folder may be a link inside of the root, and no link out of it", () => {
  const { base, site, root } = world();
  symlinkSync("real", join(root, ".aiwg"));
  expect(() => judgeOwnFiles(site)).not.toThrow();
  symlinkSync(join(base, "outside", "lock"), join(root, "real", "aiwg.lock"));
  expect(() => judgeOwnFiles(site)).toThrow(expect.objectContaining({ code: "path_escape" }));
});

test("whatever the name, a located place is below the root", () => {
  const { base, site, root } = world();
  symlinkSync(join(base, "outside"), join(root, "out"));
  symlinkSync("real", join(root, "in"));
  const part = fc.oneof(
    fc.constantFrom("..", ".", "", "out", "in", "real", "a", "\\", "/", "\0"),
    fc.string({ maxLength: 4 }),
    fc.string({ unit: "grapheme", maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      try {
        const { real } = openRoot(site).locate(parts.join("/"));
        expect(join(root, real).startsWith(`${root}/`)).toBe(true);
        expect(real.split("/")[0]).not.toBe("out");
      } catch (error) {
        expect(error).toMatchObject({ code: "path_escape" });
      }
    }),
    { numRuns: 500 },
  );
});
