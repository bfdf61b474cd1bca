// The scripted agent: a real process that does what the lines of its objective say, for tests, demos and trying out set-ups
// (docs/fake-agent.md). Must not know the executor beyond its stdin, stdout and variables.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { FakeInput, FakeLine } from "./fake.ts";
import { parseScript, type Step } from "./fake-script.ts";

const DEAF = "--deaf-child";
const NEVER_MS = 2 ** 31 - 1;

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
const print = (line: FakeLine): Promise<void> => write(`${JSON.stringify(line)}\n`);

function edit(path: string, text: string): void {
  const target = resolve(path);
  const way = relative(process.cwd(), target);
  if (way === "" || way.startsWith("..") || isAbsolute(way)) {
    process.stderr.write(`edit: ${path} is not below the workspace\n`);
    process.exit(2);
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text.endsWith("\n") ? text : `${text}\n`);
}

function ignoreSignals(): void {
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => {});
}

async function flood(bytes: number): Promise<void> {
  const line = `${"flood ".repeat(20).trim()}\n`;
  const block = line.repeat(512);
  for (let left = bytes; left > 0; left -= block.length) await write(block.slice(0, Math.max(1, Math.min(left, block.length))));
  await write("\n");
}

async function hang(deaf: boolean): Promise<void> {
  if (deaf) {
    ignoreSignals();
    const child = spawn(process.execPath, [process.argv[1] ?? "", DEAF], { detached: true, stdio: "ignore" });
    await print({ type: "say", text: `deaf, with process ${child.pid ?? 0} outside of the group` });
  }
  await delay(NEVER_MS);
}

async function main(): Promise<void> {
  const { env } = process;
  const objective = env["AIWG_OBJECTIVE"] ?? "";
  const iteration = Number(env["AIWG_ITERATION"] ?? "1");
  const inputs = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const nextAnswer = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await inputs.next();
      if (done === true) process.exit(3);
      const input = JSON.parse(value) as FakeInput;
      if (input.type === "answer") return input.response;
    }
  };
  let answer = "";
  let claim = "did what the script says";
  const doStep = async (step: Step): Promise<void> => {
    switch (step.verb) {
      case "think":
        return delay(step.ms);
      case "edit":
        return edit(step.path, step.text);
      case "edit-answer":
        return edit(step.path, answer);
      case "say":
        return print({ type: "say", text: step.text });
      case "ask":
        await print({ type: "ask", prompt: step.prompt, choices: [...step.choices], default: step.fallback, expires_ms: step.expiresMs });
        answer = await nextAnswer();
        return;
      case "hang":
        return hang(step.deaf);
      case "crash":
        return process.exit(step.code);
      case "lie":
        claim = "Everything is done and all tests pass.";
        return;
      case "flood":
        return flood(step.bytes);
      case "tool":
        return print({ type: "tool", name: step.name });
      case "usage":
        return print({ type: "usage", tokens: step.tokens, cost_usd: step.costUsd });
      default:
        return step satisfies never;
    }
  };
  await print({ type: "session", session_id: env["AIWG_FAKE_SESSION"] ?? `fake-${process.pid}` });
  const script = parseScript(objective, iteration) ?? [
    { verb: "think", ms: 200 },
    { verb: "edit", path: "AIWG-FAKE.md", text: objective },
  ];
  for (const step of script) {
    await doStep(step);
    if (step.verb === "lie") break;
  }
  await print({ type: "result", summary: claim });
  process.exit(0);
}

if (process.argv[2] === DEAF) {
  ignoreSignals();
  await delay(NEVER_MS);
} else await main();
