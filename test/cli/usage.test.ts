import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/app.ts";
import { aiwg, jsonOf, makePlace, spawnAiwg } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.remove());

const paths: string[][] = Object.entries(COMMANDS).flatMap(([name, entry]) =>
  "routes" in entry ? Object.keys(entry.routes).map((sub) => [name, sub]) : [[name]],
);

for (const path of paths) {
  test(`aiwg ${path.join(" ")} --help begins with examples and names the flags accepted everywhere`, async () => {
    const ran = await aiwg(place, [...path, "--help"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^EXAMPLES\n {2}\S/);
    expect(ran.stdout).toContain("--no-input");
  });

  test(`aiwg ${path.join(" ")} --bogus is refused, not ignored`, async () => {
    const ran = await aiwg(place, [...path, "--bogus"]);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("unknown flag --bogus");
  });
}

const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an unknown command", ["dmeo"], /unknown command "dmeo", did you mean demo\?/],
  ["an unknown sub-command", ["mc", "dispach", "x"], /unknown command "dispach", did you mean dispatch\?/],
  ["a misspelt flag", ["mc", "dispatch", "x", "--max-iteration", "3"], /unknown flag --max-iteration, did you mean --max-iterations\?/],
  ["a misspelt flag that stands everywhere", ["mc", "status", "--jsn"], /unknown flag --jsn, did you mean --json\?/],
  ["a bad priority", ["mc", "dispatch", "x", "--priority", "higg"], /--priority: "higg" is not one of .*did you mean high\?/],
  ["a bad count", ["mc", "dispatch", "x", "--max-iterations", "0"], /--max-iterations: "0"/],
  ["a bad duration", ["mc", "dispatch", "x", "--wall-clock", "5"], /--wall-clock: "5" is not a duration/],
  ["a duration of more than 30 days", ["mc", "dispatch", "x", "--no-repo", "--wall-clock", "31d"], /--wall-clock: at most 30d/],
  ["a bad amount", ["mc", "dispatch", "x", "--budget-usd", "-1"], /--budget-usd/],
  ["a bad id", ["mc", "dispatch", "x", "--executor", "../x"], /--executor: "\.\.\/x" is not an id/],
  ["an empty objective", ["mc", "dispatch", " ", "--no-repo"], /objective is empty/],
  ["a flag that --from has no use for", ["mc", "dispatch", "--from", "x", "--wait"], /--from and --wait exclude each other/],
  ["no objective at all", ["mc", "dispatch"], /argument is missing: <objective>/],
  ["too many arguments", ["mc", "dispatch", "a", "b", "c"], /one argument too many: "c"/],
  ["a missing argument", ["mc", "abort"], /argument is missing: <mission>/],
  ["a flag without its value", ["mc", "dispatch", "x", "--agent"], /--agent: a value is missing/],
  ["an unknown agent", ["executor", "--agent", "cluade"], /no agent "cluade" is configured, did you mean claude\?/],
  ["a bind that is not loopback", ["serve", "--bind", "0.0.0.0", "--port", "0"], /loopback/],
  ["an unknown role", ["token", "create", "--role", "root"], /--role: "root" is not one of/],
  ["a lease too short to be renewed", ["serve", "--port", "0", "--lease-ttl", "99ms"], /--lease-ttl: "99ms" is shorter than 100ms/],
  ["a folder of repositories that is not there", ["executor", "--repo-root", "/nonexist"], /--repo-root: there is no folder \/nonexist/],
  ["an empty name", ["mc", "start", ""], /^(?:✗ )?<name>: must not be empty/],
  ["no shell", ["completion"], /an argument is missing: <shell>, one of bash, zsh, fish/],
  ["an unknown command after help", ["help", "dmeo"], /unknown command "dmeo"/],
  ["an unknown shell", ["completion", "tcsh"], /"tcsh" is not one of bash, zsh, fish/],
];
for (const [what, args, message] of refused) {
  test(`${what} is a usage error`, async () => {
    const ran = await aiwg(place, args);
    expect(ran.stderr).toMatch(message);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    const json = await aiwg(place, ["--json", ...args]);
    expect(json.code).toBe(2);
    expect(jsonOf(json).error).toMatchObject({ code: "usage", message: expect.stringMatching(message), hint: expect.any(String) });
  });
}

const LONG = "x".repeat(70_000);
test.each([
  ["a session's name", ["mc", "start", LONG], /cannot name a session/],
  ["a session", ["mc", "dispatch", LONG, "objective", "--no-repo"], /no session/],
  ["a mission", ["mc", "status", `${LONG}\u001b[31m`], /no mission or session/],
  ["a value", ["mc", "dispatch", "objective", `--wall-clock=${LONG}`], /--wall-clock: "x+…" is not a duration/],
  ["one of a list", ["deploy", "--to", `claude-code,${LONG}`], /x/],
  ["a file", ["mc", "dispatch", "--from", LONG], /cannot be read/],
  ["a folder", ["executor", "--repo-root", LONG], /--repo-root: there is no folder/],
  ["a command", [LONG], /unknown command/],
] as const)("%s that is long comes back by its beginning, to people and to programs", async (_what, args, message) => {
  const ran = await aiwg(place, args);
  expect(ran.stderr).toMatch(message);
  expect(ran.stderr.length).toBeLessThan(1_500);
  const { error } = jsonOf(await aiwg(place, ["--json", ...args]));
  expect(error?.message).toMatch(message);
  expect(JSON.stringify(error).length).toBeLessThan(1_500);
});

test("a long value in a line of a file comes back by its beginning, with what is wrong with it", async () => {
  writeFileSync(join(place.work, "long.jsonl"), `${JSON.stringify({ objective: "a", "wall-clock": LONG })}\n`);
  const { code, stderr } = await aiwg(place, ["mc", "dispatch", "--from", "long.jsonl", "--no-repo"]);
  expect([code, stderr.length < 1_500]).toEqual([2, true]);
  expect(stderr).toMatch(/long\.jsonl:1: .*"x+ … x+" is not a duration/);
});

test("an unknown key of the project's config stops every command, with file and line", async () => {
  const project = makePlace();
  mkdirSync(join(project.work, ".aiwg"));
  writeFileSync(join(project.work, ".aiwg", "aiwg.jsonc"), '{\n  "misson": {}\n}\n');
  for (const args of [[], ["mc", "dispatch", "x", "--no-repo"], ["serve", "--port", "0"]]) {
    const ran = await aiwg(project, args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/\.aiwg\/aiwg\.jsonc:2: unknown key "misson"[^]*Did you mean "mission"\?/);
  }
  project.remove();
});

test("bare aiwg says what is here and what next, and makes no file", async () => {
  const fresh = makePlace();
  const ran = await aiwg(fresh, []);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/serve +not running/);
  expect(ran.stderr).toMatch(/next: aiwg demo\n +aiwg use <folder>/);
  expect(ran.stdout).toMatch(/context +none yet/);
  expect(jsonOf(await aiwg(fresh, ["--json"]))).toMatchObject({ schema: "aiwg.home/1", data: { serve: null, counts: {} } });
  fresh.remove();
});

test("text from outside cannot write to the terminal's controls, and colours go only where they are wanted", async () => {
  await aiwg(place, ["mc", "dispatch", "\u001b]0;title\u0007red \u001b[31malert", "--no-repo"]);
  const plain = await aiwg(place, ["mc", "status"]);
  expect(plain.stdout).toContain("red");
  expect(plain.stdout).not.toContain("\u001b");
  const forced = await aiwg(place, ["mc", "status"], { FORCE_COLOR: "1" });
  expect(forced.stdout).toContain("\u001b[2m");
  expect(forced.stdout).not.toContain("\u001b]0");
  for (const [args, env] of [
    [["--no-color"], { FORCE_COLOR: "1" }],
    [[], { FORCE_COLOR: "1", NO_COLOR: "1" }],
    [[], { FORCE_COLOR: "1", TERM: "dumb" }],
  ] as const)
    expect((await aiwg(place, ["mc", "status", ...args], env)).stdout).not.toContain("\u001b");
});

test("completion proposes commands, flags and ids", async () => {
  const { stdout: id } = await aiwg(place, ["mc", "dispatch", "x", "--no-repo"]);
  const words = async (...typed: string[]): Promise<string[]> => (await aiwg(place, ["completion", "--words", "--", ...typed])).stdout.trim().split("\n");
  expect(await words("mc", "dis")).toEqual(["dispatch"]);
  expect(await words("mc", "dispatch", "--wa")).toEqual(expect.arrayContaining(["--wait", "--wall-clock"]));
  expect(await words("mc", "status", id.trim())).toEqual([id.trim()]);
  for (const shell of ["bash", "zsh", "fish"]) expect((await aiwg(place, ["completion", shell])).stdout).toContain("completion --words");
});

test("the real program gives the same exit codes, and its version without anything else", async () => {
  expect(await spawnAiwg(place, ["mc", "dispach"])).toMatchObject({ code: 2, stdout: "" });
  expect(await spawnAiwg(place, ["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
});

test("help with a command is that command's --help, and alone the whole list", async () => {
  for (const path of [[], ["run"], ["mc"], ["mc", "dispatch"]]) {
    const help = await aiwg(place, ["help", ...path]);
    expect(help).toEqual(await aiwg(place, [...path, "--help"]));
    expect(help.code).toBe(0);
  }
});

test("a relative AIWG_HOME is a usage error and makes no folder", async () => {
  for (const args of [[], ["mc", "list"], ["mc", "dispatch", "x", "--no-repo"], ["completion", "bash"]])
    expect(await aiwg(place, args, { AIWG_HOME: "data" })).toMatchObject({ code: 2, stderr: expect.stringContaining("AIWG_HOME") });
  expect(existsSync(join(place.work, "data"))).toBe(false);
});

test("--json and --jsonl exclude each other", async () => {
  for (const args of [
    ["run", "x", "--no-repo"],
    ["mc", "watch"],
    ["mc", "watch", "m-1"],
  ])
    expect(await aiwg(place, [...args, "--json", "--jsonl"])).toMatchObject({ code: 2, stdout: expect.stringContaining("exclude each other") });
});

test("bare aiwg knows the serve that was named, and with missions waiting says first how they get on", async () => {
  const fresh = makePlace();
  const named = await aiwg(fresh, [], { AIWG_SERVE_URL: "https://serve.example" });
  expect(named.stdout).toMatch(/serve +https:\/\/serve\.example/);
  expect(jsonOf(await aiwg(fresh, ["--json"], { AIWG_SERVE_URL: "https://serve.example" })).data).toMatchObject({
    serve: { url: "https://serve.example", pid: null },
  });
  await aiwg(fresh, ["mc", "dispatch", "x", "--no-repo"]);
  expect((await aiwg(fresh, [])).stderr).toMatch(/^ +next: aiwg up\n +aiwg mc status\n/);
  expect((await aiwg(fresh, [], { AIWG_SERVE_URL: "https://serve.example" })).stderr).toMatch(/^ +next: aiwg mc bridge\n/);
  fresh.remove();
});

test("the config's lease has the same least length", async () => {
  const fresh = makePlace();
  expect(await aiwg(fresh, ["mc", "list"], { AIWG_LEASE_TTL: "50ms" })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("AIWG_LEASE_TTL: must be at least 100ms"),
  });
  fresh.remove();
});
