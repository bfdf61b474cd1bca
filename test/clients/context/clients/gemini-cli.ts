// How Gemini CLI is run against a model that is scripted. Data, and the answer to a question of its own.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../../../src/context/model.ts";
import { EVENTS, KEY, type ClientRow } from "../client.ts";
import { INNER } from "../recorder.ts";

/** What is noted once a person has said yes to the agents of a project, by their names and texts. */
function acknowledged(repo: string): Readonly<Record<string, JsonObject>> {
  const folder = join(repo, ".gemini", "agents");
  if (!existsSync(folder)) return {};
  const hash = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  const agents = Object.fromEntries(readdirSync(folder).map((name) => [name.replace(/\.md$/, ""), hash(name)]));
  return { ".gemini/acknowledgments/agents.json": { [repo]: agents } };
}

export const geminiCli = {
  package: { id: "gemini", name: "@google/gemini-cli", version: "0.61.0" },
  env: (url) => ({
    GEMINI_API_KEY: KEY,
    GOOGLE_GEMINI_BASE_URL: url,
    // It would start itself again, for more memory.
    GEMINI_CLI_NO_RELAUNCH: "true",
  }),
  home: ({ repo, trusted }) => ({
    ".gemini/settings.json": { security: { auth: { selectedType: "gemini-api-key" } } },
    ...(trusted ? acknowledged(repo) : {}),
  }),
  // Where the model is named nobody is asked which one to take.
  turn: (prompt, more) => ["-p", prompt, "--yolo", "-m", "gemini-2.5-pro", "-o", "stream-json", ...more],
  trust: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
  events: [...EVENTS, "session.end", "compact.before"],
  second: (command) => ({ prompt: `/${command} GIVEN` }),
  act(act) {
    if ("read" in act) return { tool: "read_file", input: { file_path: act.read } };
    if ("write" in act) return { tool: "write_file", input: { file_path: act.write, content: act.text } };
    if ("skill" in act) return { tool: "activate_skill", input: { name: act.skill } };
    if ("agent" in act) return { tool: "invoke_agent", input: { agent_name: act.agent, prompt: INNER } };
    return { tool: "run_shell_command", input: { command: act.run, description: "run it" } };
  },
} as const satisfies ClientRow;
