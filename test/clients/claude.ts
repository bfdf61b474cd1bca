// The real Claude Code CLI as agent of a real mission: a wrong turn, the check's output, a right turn; then an abort mid-turn.
// Must not reach into aiwg: it types commands, reads serve's API, git and the process table.
import { setTimeout as sleep } from "node:timers/promises";
import { installClient } from "./install.ts";
import { createSandbox, processesWith, type Sandbox } from "./sandbox.ts";
import { startScriptedModel, type ScriptedModel, type Step } from "./scripted-model.ts";
import { waitFor, type Tally } from "./tally.ts";

const CLAUDE = { id: "claude", name: "@anthropic-ai/claude-code", version: "2.1.330", postinstall: "install.cjs" };

// What node:test prints when 2 * 3 is taken for 2 + 3: nobody but the check can have told the model.
const EVIDENCE = "6 !== 5";
const HOLD = "wait for me";

type Mission = {
  readonly state: string;
  readonly reason: string;
  readonly agent: string | null;
  readonly result?: {
    readonly verified: boolean | null;
    readonly checks: readonly { readonly passed: boolean }[];
    readonly tokens_total: number | null;
    readonly cost_usd: number | null;
    readonly branch: string | null;
    readonly commit: string | null;
  };
};

const edit = (from: string, to: string): Step[] => [
  { tool: "Read", input: (cwd) => ({ file_path: `${cwd}/sum.mjs` }) },
  { tool: "Edit", input: (cwd) => ({ file_path: `${cwd}/sum.mjs`, old_string: from, new_string: to }) },
  { text: "The sum is right now." },
];

/** Wrong at first; right only when shown what the check printed. */
function script(prompt: string): readonly Step[] {
  if (prompt.includes(HOLD)) return [{ hold: true }];
  return prompt.includes(EVIDENCE) ? edit("a * b", "a + b") : edit("a - b", "a * b");
}

async function missionOf(box: Sandbox, id: string): Promise<Mission> {
  return (await box.get(`/api/v1/missions/${id}`)) as Mission;
}

function dispatch(box: Sandbox, objective: string): { readonly id: string; readonly output: string } {
  const done = box.aiwg(["mc", "dispatch", objective, "--check", "node --test", "--agent", "claude", "--json"]);
  const id = /"mission_id":\s*"([^"]+)"/.exec(done.stdout)?.[1] ?? "";
  return { id, output: `exit ${done.code}\n${done.stdout}${done.stderr}` };
}

const ended = (mission: Mission): boolean => ["done", "failed", "aborted", "suspended"].includes(mission.state);

async function waitForEnd(box: Sandbox, id: string): Promise<Mission> {
  await waitFor(async () => ended(await missionOf(box, id)) || undefined, 120_000);
  return missionOf(box, id);
}

async function tryFixing(box: Sandbox, model: ScriptedModel, tally: Tally): Promise<void> {
  const { id, output } = dispatch(box, "Make the sum right.");
  tally.check("mc dispatch prints a mission id", id !== "", output);
  const mission = await waitForEnd(box, id);
  const { result } = mission;
  tally.check("the mission is done", mission.state === "done", { mission, logs: box.logs() });
  tally.check(
    "verified is true, with every check passed",
    result?.verified === true && result.checks.length > 0 && result.checks.every((c) => c.passed),
    result,
  );
  tally.check("the agent that ran is claude", mission.agent === "claude", mission);

  const turns = model.asked.filter((asked) => asked.step === 0);
  tally.check("the model was prompted twice", turns.length === 2, turns);
  tally.check("the first prompt carries the objective", turns[0]?.prompt.includes("Make the sum right.") === true, turns[0]);
  tally.check("the second prompt carries what the check printed", turns[1]?.prompt.includes(EVIDENCE) === true, turns[1]);
  tally.check("the second turn goes on in the first one's session", turns[1]?.prompts.length === 2, turns[1]?.prompts);
  tally.check(
    "the agent worked outside the repository",
    turns.every((turn) => turn.cwd !== "" && !turn.cwd.startsWith(box.repo)),
    turns,
  );
  const events = (await box.events(id)).map((event) => JSON.stringify(event));
  tally.check(
    "the agent's session id is recorded",
    events.some((event) => /"session_id":"[0-9a-f]{8}-[0-9a-f-]{27}"/.test(event)),
    events,
  );

  const branch = result?.branch ?? "";
  const commit = result?.commit ?? "";
  tally.check("branch and commit are named", branch !== "" && /^[0-9a-f]{40}$/.test(commit), result);
  tally.check("the branch in the repository stands at the commit", box.gitText(["rev-parse", branch]).trim() === commit);
  tally.check("git show: the commit has the right sum", box.gitText(["show", `${commit}:sum.mjs`]).includes("a + b"));
  tally.check("git show: it differs from main in sum.mjs only", box.gitText(["diff", "--name-only", "main", commit]).trim() === "sum.mjs");
  tally.check(
    "the person's own work tree is untouched",
    box.gitText(["status", "--porcelain"]) === "" && box.gitText(["branch", "--show-current"]).trim() === "main",
  );

  // Six requests of 1,000 tokens in and 50 out; a resumed session reports its cost as a running total, which must not be added up twice.
  const requests = model.asked.length;
  tally.check(`tokens are recorded: ${requests} requests of 1,050`, result?.tokens_total === requests * 1_050, result);
  const perRequest = 0.005;
  const cost = result?.cost_usd ?? 0;
  tally.check("cost is recorded, each turn once", cost > 0 && Math.abs(cost - requests * perRequest) < perRequest / 2, result);
}

async function tryAbort(box: Sandbox, model: ScriptedModel, tally: Tally): Promise<void> {
  const { id, output } = dispatch(box, `Please ${HOLD}.`);
  tally.check("a second mission is dispatched", id !== "", output);
  const held = await waitFor(() => (model.held() > 0 ? true : undefined), 60_000);
  tally.check("the model holds its answer: the agent is mid-turn", held === true, box.logs());
  const marker = `AIWG_MISSION_ID=${id}`;
  const during = processesWith(marker);
  tally.check(
    "the process table shows the agent",
    during.some((line) => line.includes("claude")),
    during,
  );
  const aborted = box.aiwg(["mc", "abort", id]);
  tally.check("mc abort is accepted", aborted.code === 0, aborted);
  const mission = await waitForEnd(box, id);
  tally.check("the mission ends aborted", mission.state === "aborted", mission);
  const left = await waitFor(() => (processesWith(marker).length === 0 ? true : undefined), 15_000);
  tally.check("no process of it is left", left === true, processesWith(marker));
  // A process that was only slow to appear would be seen now.
  await sleep(1_000);
  tally.check("and none comes back", processesWith(marker).length === 0 && model.held() === 0, processesWith(marker));
}

async function attempt(tally: Tally): Promise<void> {
  const programs = installClient(CLAUDE);
  const model = await startScriptedModel(script);
  const box = createSandbox(programs, {
    ANTHROPIC_BASE_URL: model.url,
    // Long on purpose: some clients mask short keys wherever their letters occur.
    ANTHROPIC_API_KEY: "sk-ant-scripted-0123456789abcdef0123456789abcdef",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: "1" } : {}),
  });
  try {
    box.start("serve", ["serve", "--port", "0"]);
    const up = await waitFor(async () => (await box.get("/api/v1/version").catch(() => undefined)) !== undefined || undefined, 30_000);
    tally.check("serve answers", up === true, box.logs());
    box.start("bridge", ["mc", "bridge"]);
    box.start("executor", ["executor", "--agent", "claude", "--slots", "1"]);
    await tryFixing(box, model, tally);
    await tryAbort(box, model, tally);
    const known = model.paths.every((path) => /^(POST \/v1\/messages(\/count_tokens)?|HEAD \/|GET \/api\/hello)$/.test(path));
    tally.check("the agent asked the model server for nothing unexpected", known, [...new Set(model.paths)]);
    tally.check("the key is in no log and no transcript", !box.everythingWritten().includes("sk-ant-scripted-"), "found");
  } finally {
    await box.close();
    await model.close();
  }
}

/** Claude Code as a client to try: `attempt` tells the tally what real missions with it did. */
export const claude = { install: () => installClient(CLAUDE), attempt };
