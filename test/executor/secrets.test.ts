// Secrets by name: where they come from, who gets them, and that no file, frame or report ever shows one.
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bench, openBench } from "../support/fake-link-executor.ts";

const KEY = 'k-"9f/8+e7\\d6ü-0123456789-0123456789-0123456789-0123456789';
const PIN = "7391x";

function writeSecrets(bench: Bench, text: string, mode = 0o600): void {
  const path = join(bench.folder, "secrets.env");
  writeFileSync(path, text);
  chmodSync(path, mode);
}

/** Every byte that the executor has written, but for the workspaces. */
function stateOf(bench: Bench): string {
  const root = join(bench.folder, "executor");
  return readdirSync(root, { recursive: true })
    .map((name) => join(root, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

test("agents and checks get the secrets that the mission names, and nothing shows them in any spelling", async () => {
  const script = `
    [ "$FROM_FILE" = "$EXPECTED_FILE" ] && [ "$FROM_ENV" = "$EXPECTED_ENV" ] && [ -z "$NOT_NAMED" ] && echo they are there
    printf %s "$FROM_FILE" | base64; printf 'xy%s' "$FROM_FILE" | base64; printf %s "$FROM_FILE" | od -An -tx1 | tr -d ' \\n'; echo
    printf %s "$FROM_FILE" > leaked.txt
    for i in 1 2; do printf %s "$FROM_FILE" | head -c 11; sleep 0.1; printf %s "$FROM_FILE" | tail -c +12; echo; done; echo "pin $FROM_ENV" >&2`;
  await using bench = await openBench({
    agents: { sh: { kind: "command", command: ["sh", "-c", script], env: { EXPECTED_FILE: KEY, EXPECTED_ENV: PIN } } },
    env: { FROM_ENV: PIN, FROM_FILE: "the file comes first", NOT_NAMED: "not-for-missions" },
  });
  writeSecrets(bench, `# of the user\n\nexport FROM_FILE='${KEY}'\n`);
  bench.start();
  const mission = { mission_id: "s-1", objective: "x", agents: ["sh"], secrets: ["FROM_FILE", "FROM_ENV"] };
  await bench.link.dispatch({ ...mission, checks: [{ run: 'test -n "$FROM_FILE" && echo "check says $FROM_FILE and $FROM_ENV"' }] });
  const end = await bench.link.end("s-1");
  expect(end).toMatchObject({ event: "mission.completed", data: { verified: true, checks: [{ output: "check says [redacted] and [redacted]\n" }] } });
  await bench.link.until(() => bench.link.log("s-1").includes("check says"), "the transcript");
  expect(bench.link.log("s-1")).toContain("they are there");
  const shown = JSON.stringify(bench.link.frames) + stateOf(bench);
  const bytes = Buffer.from(KEY);
  const spellings = [KEY, KEY.slice(0, 16), KEY.slice(-24), JSON.stringify(KEY).slice(1, -1), bytes.toString("hex"), encodeURIComponent(KEY), PIN];
  const wrapped = [bytes, Buffer.concat([Buffer.from("xy"), bytes])].map((text) => text.toString("base64").slice(8, 48));
  for (const spelling of [...spellings, ...wrapped]) expect(shown.replaceAll("\\n", "")).not.toContain(spelling);
});

test("what a tool printed as JSON shows no secret within the JSON lines of an agent", async () => {
  const script = `
    const write = (value) => JSON.stringify(value).replace(/[^\\x00-\\x7e]/g, (c) => "\\\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
    const tool = write({ a: write(process.env.KEY) });
    console.log(tool);
    console.log(JSON.stringify({ type: "tool_result", content: tool }));
    console.log("that is all");`;
  await using bench = await openBench({ agents: { node: { kind: "command", command: [process.execPath, "-e", script] } } });
  writeSecrets(bench, `KEY='${KEY}'\n`);
  bench.start();
  await bench.link.dispatch({ mission_id: "s-1", objective: "x", agents: ["node"], secrets: ["KEY"] });
  await bench.link.end("s-1");
  await bench.link.until(() => bench.link.log("s-1").includes("that is all"), "the transcript");
  expect(bench.link.log("s-1").match(/\[redacted\]/g)).toHaveLength(2);
  for (const part of ["9f/8", "\\d6", "0123456789"]) expect(bench.link.log("s-1") + stateOf(bench)).not.toContain(part);
});

test("a question shows no secret either", async () => {
  await using bench = await openBench();
  writeSecrets(bench, `ASKED=${PIN}-colour\n`);
  bench.start();
  await bench.link.dispatch({ mission_id: "s-1", objective: `ask --choices ${PIN}-colour,blue Is it ${PIN}-colour?`, agents: ["fake"], secrets: ["ASKED"] });
  const asked = await bench.link.report("s-1", "mission.hitl_required");
  expect(asked.data).toMatchObject({ prompt: "Is it [redacted]?", choices: ["[redacted]", "blue"] });
});

test("a secret that is missing, too short or ours, and a file that others may read, refuse the mission by name", async () => {
  await using bench = await openBench({ env: { SHORT: "abc", EMPTY: "" } });
  bench.start();
  const refusal = async (id: string, ...secrets: string[]): Promise<unknown> => {
    await bench.link.dispatch({ mission_id: id, objective: "say x", agents: ["fake"], secrets });
    const { event, data } = await bench.link.end(id);
    return event === "mission.rejected" ? data?.["reason"] : event;
  };
  expect(await refusal("s-1", "HOME", "NOWHERE", "EMPTY")).toMatch(/no secret NOWHERE, EMPTY:/);
  expect(await refusal("s-2", "SHORT")).toMatch(/secret SHORT has fewer than 4 characters/);
  expect(await refusal("s-3", "AIWG_TOKEN")).toMatch(/aiwg's own/);
  writeSecrets(bench, "GIVEN=a-good-value\n", 0o640);
  expect(await refusal("s-4", "GIVEN")).toMatch(/others may read it; chmod 600/);
  writeSecrets(bench, "GIVEN=a-good-value\nwhat is a-bad-line\n");
  expect(await refusal("s-5", "GIVEN")).toMatch(/line 2 is not NAME=VALUE$/);
  writeSecrets(bench, "GIVEN=a-good-value\n");
  expect(await refusal("s-6", "GIVEN")).toBe("mission.completed");
  expect(JSON.stringify(bench.link.frames)).not.toContain("a-bad-line");
});

test("passwords inside of URLs that are passed on are shown nowhere", async () => {
  const env = {
    HTTPS_PROXY: "http://user:proxypass99@127.0.0.1:1",
    http_proxy: "http://user:p%40ss@127.0.0.1:1",
    ALL_PROXY: "socks5://lonely-token-1@127.0.0.1:1",
  };
  const print = 'echo "$HTTPS_PROXY $http_proxy $ALL_PROXY proxypass99 p@ss"';
  await using bench = await openBench({ env, agents: { sh: { kind: "command", command: ["sh", "-c", `${print}; echo proxypass99 > left`] } } });
  bench.start();
  await bench.link.dispatch({ mission_id: "s-1", objective: "x", agents: ["sh"], checks: [{ run: print }] });
  expect(await bench.link.end("s-1")).toMatchObject({ event: "mission.completed" });
  bench.link.send({ event: "mission.diff", mission_id: "s-1", attempt: 1 });
  await bench.link.until(() => bench.link.frames.some((frame) => frame.event === "mission.diff"), "a diff");
  const shown = JSON.stringify(bench.link.frames);
  expect(shown).toContain("http://[redacted]@127.0.0.1:1");
  for (const part of ["proxypass99", "p%40ss", "p@ss", "lonely-token-1"]) expect(shown).not.toContain(part);
});
