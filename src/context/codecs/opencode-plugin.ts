// Codec: a behavior as a plugin of OpenCode, a module that starts the behavior's program with the event as JSON on stdin.
// The program's exit 2 before a tool becomes an error, which is how a plugin stops a tool.
import type { JsonObject } from "../model.ts";
import { codecOf } from "./codec.ts";
import { fileOf, keepKnown } from "./front-matter.ts";
import { OPENCODE_HOOKS } from "./hook-events.ts";
import { argvOf, hooksOf, type Hook } from "./hooks.ts";

const KNOWN: ReadonlySet<string> = new Set();
const DEFAULT_TIMEOUT_S = 60;

// Functions of a plugin; every other event comes as a type of its event stream.
const FUNCTIONS: ReadonlySet<string> = new Set(["chat.message", "tool.execute.before", "tool.execute.after", "experimental.session.compacting"]);

const RUN = `function run(on, payload) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, AIWG_EVENT: on, AIWG_PLATFORM: behavior.platform, AIWG_BEHAVIOR_DIR: dir };
    const [program, ...args] = behavior.argv;
    const child = spawn(program, args, { cwd: root, env, stdio: ["pipe", "ignore", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), behavior.timeoutMs);
    let said = "";
    child.stderr.on("data", (chunk) => {
      if (said.length < 65536) said += chunk;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(payload));
    child.on("error", () => {
      clearTimeout(timer);
      resolve();
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 2) reject(new Error(said.trim() || \`stopped by \${behavior.name}\`));
      else resolve();
    });
  });
}
`;

function condition({ native, tools }: Hook): string {
  const byType = FUNCTIONS.has(native) ? [] : [`event.type === ${JSON.stringify(native)}`];
  const byTool = tools === null ? [] : [`/^(?:${tools.join("|")})$/.test(input.tool)`];
  return [...byType, ...byTool].map((test) => `if (${test}) `).join("");
}

function members(hooks: readonly Hook[]): string {
  const functions = hooks.filter(({ native }) => FUNCTIONS.has(native));
  const streamed = hooks.filter(({ native }) => !FUNCTIONS.has(native));
  const call = (hook: Hook, payload: string, guard: string): string => `      ${condition(hook)}await run(${JSON.stringify(hook.on)}, ${payload})${guard};\n`;
  const own = functions.map((hook) => `    ${JSON.stringify(hook.native)}: async (input, output) => {\n${call(hook, "{ input, output }", "")}    },\n`);
  // Nothing waits for the event stream, so nothing there can be stopped.
  const events = streamed.map((hook) => call(hook, "{ event }", ".catch(() => {})")).join("");
  return `${own.join("")}${events === "" ? "" : `    event: async ({ event }) => {\n${events}    },\n`}`;
}

export const opencodePlugin = codecOf("behavior", (behavior, { platform, scope, behaviorDir, override }) => {
  const { hooks, losses } = hooksOf(behavior, OPENCODE_HOOKS);
  const { losses: unknown } = keepKnown(behavior.extra, KNOWN);
  if (hooks.length === 0) return { as: "nothing", losses };
  const facts: JsonObject = {
    name: behavior.name,
    platform,
    argv: argvOf(behavior, behaviorDir),
    timeoutMs: (behavior.timeoutS ?? DEFAULT_TIMEOUT_S) * 1_000,
    ...override,
  };
  // A project's plugin knows where it lies; for a user's the project is where OpenCode was started.
  const root = scope === "project" ? 'fileURLToPath(new URL("../..", import.meta.url))' : "process.cwd()";
  const dir = scope === "project" ? `join(root, ${JSON.stringify(behaviorDir)})` : JSON.stringify(behaviorDir);
  const imports = [
    'import { spawn } from "node:child_process";\n',
    ...(scope === "project" ? ['import { join } from "node:path";\n', 'import { fileURLToPath } from "node:url";\n'] : []),
  ];
  const text = [
    `// Made by aiwg from behavior/${behavior.name}: change it there.\n`,
    ...imports,
    `\nconst behavior = ${JSON.stringify(facts, null, 2)};\nconst root = ${root};\nconst dir = ${dir};\n\n${RUN}`,
    `\nexport const AiwgBehavior = async () => {\n  return {\n${members(hooks)}  };\n};\n`,
  ].join("");
  return { as: "files", files: [fileOf(text)], losses: [...losses, ...unknown] };
});
