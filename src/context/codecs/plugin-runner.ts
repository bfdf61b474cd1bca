// The part of a plugin in JavaScript that starts a behavior's program with the event as JSON on stdin. The program's exit 2 is an
// error with what it said on stderr, which is how a plugin stops its client. Must not know the client.
import type { JsonObject } from "../model.ts";
import type { ArtifactOf, CodecContext } from "./codec.ts";
import { argvOf } from "./hooks.ts";

const DEFAULT_TIMEOUT_S = 60;

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

/** The beginning of a plugin's file: imports, `behavior`, `root`, `dir` and `run(on, payload)`. `up` leads from the file's folder to the project's. */
export function runnerText(behavior: ArtifactOf<"behavior">, { platform, scope, behaviorDir, override }: CodecContext, up: string): string {
  const facts: JsonObject = {
    name: behavior.name,
    platform,
    argv: argvOf(behavior, behaviorDir),
    timeoutMs: (behavior.timeoutS ?? DEFAULT_TIMEOUT_S) * 1_000,
    ...override,
  };
  // A project's plugin knows where it lies; for a user's the project is where the client was started.
  const root = scope === "project" ? `fileURLToPath(new URL("${up}", import.meta.url))` : "process.cwd()";
  const dir = scope === "project" ? `join(root, ${JSON.stringify(behaviorDir)})` : JSON.stringify(behaviorDir);
  const imports = [
    'import { spawn } from "node:child_process";\n',
    ...(scope === "project" ? ['import { join } from "node:path";\n', 'import { fileURLToPath } from "node:url";\n'] : []),
  ];
  return [
    `// Made by aiwg from behavior/${behavior.name}: change it there.\n`,
    ...imports,
    `\nconst behavior = ${JSON.stringify(facts, null, 2)};\nconst root = ${root};\nconst dir = ${dir};\n\n${RUN}`,
  ].join("");
}
