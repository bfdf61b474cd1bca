// Bundles as people and attackers make them: real folders, links, pipes, odd bytes, broken files.
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { artifactId, diagnosticText } from "../../src/context/model.ts";
import { type Bundle, type ReadOptions, readBundle } from "../../src/context/parse/bundle.ts";
import { type Ground, makeGround } from "./plant.ts";

let ground: Ground;
beforeEach(() => {
  ground = makeGround();
});
afterEach(() => ground.remove());

const read = (options: Partial<ReadOptions> = {}): Bundle => readBundle(join(ground.dir, "b"), { shown: "b", name: "b", ...options });
const ids = (bundle: Bundle): string[] => bundle.artifacts.map(artifactId);
const told = (bundle: Bundle): string[] => bundle.diagnostics.map((diagnostic) => `${diagnostic.severity} ${diagnosticText(diagnostic)}`);
const SKILL = '---\nname: s\ndescription: "does s"\n---\nDo s.\n';

test("every kind of artifact is read with its fields, sorted by kind and name", () => {
  ground.plant({
    "b/rules/style.md":
      '\uFEFF---\r\ndescription: "Style: ours"\r\nglobs: src/**/*.{ts,tsx}, *.md\r\ncolor: blue\r\ncopilot: {priority: 2}\r\ncopilot-cli: {priority: 3}\r\n---\r\nBe kind.\r\n',
    "b/rules/always.md": "Just text.\n",
    "b/rules/asked.md": "---\nalwaysApply: false\ndescription: when asked\n---\nx\n",
    "b/skills/s/SKILL.md": SKILL,
    "b/skills/s/scripts/run.sh": "#!/bin/sh\n",
    "b/skills/s/data.bin": Uint8Array.of(0, 255, 10),
    "b/agents/reviewer.md": "---\nname: reviewer\ndescription: reviews\ntools: Read, Bash(git log:*, git diff:*)\nmodel: fast\ncolor: red\n---\nYou review.\n",
    "b/commands/fix.md": "---\nargument-hint: [issue]\n---\nFix $ARGUMENTS.\n",
    "b/behaviors/fmt/BEHAVIOR.md": '---\non: [file.written, tool.after]\nrun: ["fmt.sh", "--all"]\ntimeout: 20\n---\nFormats.\n',
    "b/behaviors/fmt/fmt.sh": "#!/bin/sh\n",
    "b/mcp.json": '{"mcpServers": {"db": {"command": "db", "args": ["${TOKEN}"]}}}',
    "b/bundle.jsonc": '{"name": "own", "version": "1.2.3",}',
  });
  const bundle = read();
  expect(told(bundle)).toEqual([]);
  expect(ids(bundle)).toEqual(["rule/always", "rule/asked", "rule/style", "skill/s", "agent/reviewer", "command/fix", "behavior/fmt", "mcp/db"]);
  const [always, asked, style, skill, agent, command, behavior, mcp] = bundle.artifacts;
  expect(always).toMatchObject({ always: true, globs: [], description: null, body: "Just text.\n", from: "b/rules/always.md", bundles: ["b"] });
  expect(asked).toMatchObject({ always: false, globs: [] });
  expect(style).toMatchObject({
    ...{ always: false, description: "Style: ours", globs: ["src/**/*.{ts,tsx}", "*.md"], body: "Be kind.\n", extra: { color: "blue" } },
    overrides: { "copilot-vscode": { priority: 2 }, "copilot-cli": { priority: 3 } },
  });
  expect(skill).toMatchObject({
    description: "does s",
    files: [{ path: "SKILL.md" }, { path: "data.bin", bytes: Buffer.of(0, 255, 10), executable: false }, { path: "scripts/run.sh", executable: true }],
  });
  expect(agent).toMatchObject({ tools: ["Read", "Bash(git log:*, git diff:*)"], model: "fast", extra: { color: "red" } });
  expect(command).toMatchObject({ argumentHint: "[issue]", body: "Fix $ARGUMENTS.\n" });
  expect(behavior).toMatchObject({ on: ["file.written", "tool.after"], run: ["fmt.sh", "--all"], timeoutS: 20, files: [{ path: "fmt.sh", executable: true }] });
  expect(mcp).toMatchObject({ transport: { type: "stdio", command: "db", args: ["${TOKEN}"] } });
  expect(read({ shown: ".", name: "b" }).artifacts[0]?.from).toBe("rules/always.md");
  expect(readBundle(join(ground.dir, "b"), { shown: "b" })).toMatchObject({ name: "own", version: "1.2.3" });
});

test("links inside of the bundle are read as what they point to; those that lead out leave their artifact out", () => {
  ground.plant({
    "secret/key": "s3cret",
    "b/skills/s/SKILL.md": SKILL,
    "b/shared/guide.md": "guide",
    "b/skills/out/SKILL.md": SKILL,
    "b/skills/dirout/SKILL.md": SKILL,
    "b/skills/loop/SKILL.md": SKILL,
    "b/skills/git/SKILL.md": SKILL,
    "b/.git/config": "token = 1",
    "b/rules/ok.md": "ok",
  });
  const links: readonly (readonly [string, string])[] = [
    ["../../shared", "b/skills/s/shared"],
    ["ok.md", "b/rules/alias.md"],
    [join(ground.dir, "secret/key"), "b/skills/out/key"],
    ["../../../secret", "b/skills/dirout/more"],
    ["..", "b/skills/loop/up"],
    ["../../.git/config", "b/skills/git/conf"],
    ["/etc/hostname", "b/rules/etc.md"],
    ["nowhere", "b/rules/dangling.md"],
    ["self.md", "b/rules/self.md"],
    ["../../secret", "b/skills/linked"],
  ];
  for (const [to, at] of links) symlinkSync(to, join(ground.dir, at));
  const bundle = read();
  expect(ids(bundle)).toEqual(["rule/alias", "rule/ok", "skill/s"]);
  expect(bundle.artifacts[2]).toMatchObject({ files: [{ path: "SKILL.md" }, { path: "shared/guide.md" }] });
  expect(told(bundle).toSorted()).toEqual([
    "error b/rules/dangling.md: is a link to nowhere",
    "error b/rules/etc.md: is a link that leads out of the bundle",
    "error b/rules/self.md: is a link that leads back to itself",
    "error b/skills/dirout/more: is a link that leads out of the bundle",
    "error b/skills/git/conf: is a link into a folder that is not part of a bundle",
    "error b/skills/linked: is a link that leads out of the bundle",
    "error b/skills/loop/up: is a link that leads back to a folder above it",
    "error b/skills/out/key: is a link that leads out of the bundle",
  ]);
  expect(JSON.stringify(bundle)).not.toContain("s3cret");
});

test("links that multiply folders end at the bound of the bundle, not of the memory", () => {
  ground.plant({ "b/skills/s/SKILL.md": SKILL });
  for (let i = 0; i < 20; i++) {
    mkdirSync(join(ground.dir, `b/skills/s/d${i}`));
    for (const side of ["l", "r"]) symlinkSync(`../d${i + 1}`, join(ground.dir, `b/skills/s/d${i}/${side}`));
  }
  ground.plant({ "b/skills/s/d20/leaf": "x" });
  expect(() => read()).toThrow(expect.objectContaining({ code: "too_large", message: expect.stringContaining("more than 100000 files") }));
});

test("pipes, sockets and devices are refused without being opened", async () => {
  ground.plant({ "b/skills/s/SKILL.md": SKILL, "b/skills/p/SKILL.md": SKILL, "b/rules/ok.md": "ok" });
  execFileSync("mkfifo", [join(ground.dir, "b/rules/pipe.md"), join(ground.dir, "b/skills/p/pipe")]);
  symlinkSync("pipe.md", join(ground.dir, "b/rules/topipe.md"));
  const server = createServer().listen(join(ground.dir, "b/rules/sock.md"));
  await new Promise((done) => server.on("listening", done));
  symlinkSync("/dev/zero", join(ground.dir, "b/rules/zero.md"));
  const bundle = read();
  server.close();
  expect(ids(bundle)).toEqual(["rule/ok", "skill/s"]);
  expect(told(bundle)).toEqual([
    "error b/rules/pipe.md: is neither a file nor a folder",
    "error b/rules/sock.md: is neither a file nor a folder",
    "error b/rules/topipe.md: is neither a file nor a folder",
    "error b/rules/zero.md: is a link that leads out of the bundle",
    "error b/skills/p/pipe: is neither a file nor a folder",
  ]);
});

test("a file of 1 MiB is read, one over 10 MiB leaves its artifact out, too many bytes in all end the reading", () => {
  ground.plant({ "b/skills/s/SKILL.md": SKILL + "x".repeat(1 << 20), "b/skills/big/SKILL.md": SKILL, "b/skills/big/blob": "" });
  truncateSync(join(ground.dir, "b/skills/big/blob"), 10 * 1024 * 1024 + 1);
  const bundle = read();
  expect(ids(bundle)).toEqual(["skill/s"]);
  expect(told(bundle)).toEqual(["error b/skills/big/blob: is larger than 10 MiB"]);
  truncateSync(join(ground.dir, "b/skills/big/blob"), 10 * 1024 * 1024);
  expect(ids(read())).toEqual(["skill/big", "skill/s"]);
  for (let i = 0; i < 26; i++) linkSync(join(ground.dir, "b/skills/big/blob"), join(ground.dir, `b/skills/big/blob${i}`));
  expect(() => read()).toThrow(expect.objectContaining({ code: "too_large", message: expect.stringContaining("256 MiB") }));
});

test("names that fall together on other disks, and names that are none, are errors of their artifact", () => {
  ground.plant({
    "b/rules/Style.md": "a",
    "b/rules/style.md": "b",
    "b/skills/s/SKILL.md": SKILL,
    "b/skills/s/caf\u00e9.md": "x",
    "b/skills/s/cafe\u0301.md": "x",
    "b/skills/Bad_Name/SKILL.md": SKILL,
    "b/rules/no blanks.md": "x",
    "b/rules/böse.md": "x",
    "b/rules/a\nb.md": "x",
    "b/agents/__proto__.md": SKILL,
    "b/rules/.hidden.md": "x",
  });
  writeFileSync(Buffer.concat([Buffer.from(join(ground.dir, "b/rules/")), Buffer.of(0xff), Buffer.from(".md")]), "x");
  const bundle = read();
  expect(ids(bundle)).toEqual(["rule/Style"]);
  expect(told(bundle)).toEqual([
    "error b/rules/.hidden.md: has a name that begins with a dot",
    "error b/rules/a b.md: has a control character or a backslash in its name",
    'error b/rules/böse.md: a name must be 1-128 of A-Z a-z 0-9 . _ -, not "böse"',
    'error b/rules/no blanks.md: a name must be 1-128 of A-Z a-z 0-9 . _ -, not "no blanks"',
    'error b/rules/style.md: differs from "Style.md" only in case or Unicode form, which many disks cannot tell apart',
    "error b/rules/\uFFFD.md: has a name that is not UTF-8",
    'error b/skills/Bad_Name/SKILL.md: a skill\'s name must be 1-64 of a-z 0-9 in words joined by single hyphens, not "Bad_Name"',
    'error b/skills/s/caf\u00e9.md: differs from "cafe\u0301.md" only in case or Unicode form, which many disks cannot tell apart',
    'error b/agents/__proto__.md: a name must be 1-128 of A-Z a-z 0-9 . _ -, not "__proto__"',
  ]);
});

test("a defect is told with file and line, and only its artifact is left out", () => {
  ground.plant({
    "b/rules/fine.md": "fine",
    "b/rules/types.md": "---\ndescription: [a]\nglobs: 3\nalwaysApply: yes\n---\nx\n",
    "b/rules/both.md": "---\nglobs: a\npaths: [b]\n---\nx\n",
    "b/rules/binary.md": Uint8Array.of(0xff, 0xfe, 0, 1),
    "b/rules/empty.md": "",
    "b/rules/marker.md": "one\n<!-- aiwg:end team -->\ntwo\n",
    "b/skills/yaml/SKILL.md": "---\nname: yaml\ndescription: a: b: [\n---\n",
    "b/skills/nodesc/SKILL.md": "---\nname: nodesc\n---\n",
    "b/skills/nofront/SKILL.md": "text",
    "b/skills/other/SKILL.md": "---\nname: another # why\ndescription: d\n---\nx\n",
    "b/skills/nothing/readme.txt": "x",
    "b/agents/nodesc.md": "---\ntools: {Read: true}\n---\n",
    "b/behaviors/bad/BEHAVIOR.md": "---\non: [tool.befor, prompt]\ntools: [write]\nrun: ./gone.sh\ntimeout: -1\n---\n",
    "b/behaviors/argv/BEHAVIOR.md": '---\non: prompt\ntools: [write]\nrun: ["../x.sh"]\ntimeout: 0\n---\n',
    "b/behaviors/exec/BEHAVIOR.md": '---\non: prompt\nrun: ["plain.sh"]\n---\n',
    "b/behaviors/exec/plain.sh": "echo",
    "b/mcp.json": '{"mcpServers": {\n"ok": {"url": "https://x.invalid"},\n"no": {}\n}}',
  });
  const bundle = read();
  expect(ids(bundle)).toEqual(["rule/empty", "rule/fine", "skill/other", "mcp/ok"]);
  expect(told(bundle)).toEqual([
    "error b/rules/binary.md: is not UTF-8 text",
    'error b/rules/both.md:3: "globs" and "paths" both say which files it is for; keep one',
    "warn b/rules/empty.md:1: has no text",
    "error b/rules/marker.md:1: has a marker of aiwg's own blocks (<!-- aiwg:…) in its text",
    'error b/rules/types.md:2: "description" must be a text',
    'error b/rules/types.md:3: "globs" must be a list of texts',
    'error b/rules/types.md:4: "alwaysApply" must be true or false',
    "error b/skills/nodesc/SKILL.md:1: no description: clients disagree about skills without one",
    "error b/skills/nofront/SKILL.md:1: no description: clients disagree about skills without one",
    'warn b/skills/other/SKILL.md:2: "name" is "another", but the folder is "other", which counts',
    'error b/skills/yaml/SKILL.md:3: front matter is not valid YAML: bad indentation of a mapping entry; put text that holds ": " or begins with a sign in quotes',
    "error b/agents/nodesc.md:1: no description: clients disagree about agents without one",
    'error b/agents/nodesc.md:2: "tools" must be a list of texts',
    'error b/behaviors/argv/BEHAVIOR.md:3: "tools" goes with tool.before and tool.after only',
    'error b/behaviors/argv/BEHAVIOR.md:4: "../x.sh" must be a file of this folder, or the name of a program',
    'error b/behaviors/argv/BEHAVIOR.md:5: "timeout" must be more than 0 and at most 3600 seconds',
    'error b/behaviors/bad/BEHAVIOR.md:2: "on" has "tool.befor"; did you mean "tool.before"?',
    'error b/behaviors/bad/BEHAVIOR.md:3: "tools" goes with tool.before and tool.after only',
    'error b/behaviors/bad/BEHAVIOR.md:4: "run" must be a list of texts, one for each argument',
    'error b/behaviors/bad/BEHAVIOR.md:5: "timeout" must be more than 0 and at most 3600 seconds',
    'error b/behaviors/exec/BEHAVIOR.md:3: "plain.sh" is not executable: chmod +x it, or put its interpreter first',
    'error b/mcp.json:3: /mcpServers/no: needs "command" or "url"',
    "warn b/skills: not read as a skill: nothing; it must be skills/<name>/SKILL.md",
  ]);
  const files = bundle.artifacts.find(({ name }) => name === "other");
  expect(files?.kind === "skill" && Buffer.from(files.files[0]?.bytes ?? []).toString()).toBe("---\nname: other\ndescription: d\n---\nx\n");
});

test("10,000 artifacts are read", () => {
  ground.plant(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`b/rules/r${i}.md`, `---\nglobs: "*.${i}"\n---\nrule ${i}\n`])));
  expect(read().artifacts).toHaveLength(10_000);
});

test("integrity and hashes follow contents, paths and modes, and nothing else", () => {
  ground.plant({ "b/skills/s/SKILL.md": SKILL, "b/skills/s/a.txt": "a", "b/rules/r.md": "r", "b/README.md": "not ours" });
  const hashes = (): readonly string[] => [read().integrity, ...read().artifacts.map(({ hash }) => hash)];
  const before = hashes();
  ground.plant({ "b/README.md": "changed" });
  expect(hashes()).toEqual(before);
  renameSync(join(ground.dir, "b/skills/s/a.txt"), join(ground.dir, "b/skills/s/b.txt"));
  const moved = hashes();
  expect(moved.map((hash, i) => hash === before[i])).toEqual([false, true, false]);
  chmodSync(join(ground.dir, "b/skills/s/b.txt"), 0o755);
  expect(hashes().map((hash, i) => hash === moved[i])).toEqual([false, true, false]);
});

test("no bytes in any file make reading throw", () => {
  const paths = ["rules/a.md", "skills/a/SKILL.md", "agents/a.md", "commands/a.md", "behaviors/a/BEHAVIOR.md", "mcp.json"];
  const lines = fc.array(
    fc.constantFrom(
      "---\n",
      "name: a\n",
      "description: d\n",
      "tools: [a, b]\n",
      "globs: '*'\n",
      "on: [prompt]\n",
      "run: [sh]\n",
      "timeout: 1\n",
      "codex: {a: 1}\n",
      "{",
      '"mcpServers": {',
      '"a": ',
      "}",
      "\0",
      "\uFEFF",
      "text\n",
    ),
    { maxLength: 12 },
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    lines.map((parts) => Buffer.from(parts.join(""))),
  );
  ground.plant({ "b/rules/a.md": "" });
  fc.assert(
    fc.property(fc.constantFrom(...paths), content, (path, bytes) => {
      ground.plant({ [`b/${path}`]: bytes });
      const bundle = read();
      for (const { path: at } of bundle.diagnostics) expect(at).toMatch(/^b\//);
    }),
    { numRuns: 400 },
  );
});
