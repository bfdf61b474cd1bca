// The clients as rows of data: package, environment that keeps them offline and free of credentials, how to run one turn, which
// of their tools read, write and run. Must not know what is put in front of them.
import type { ClientPackage } from "../install.ts";
import type { Turn } from "./scene.ts";
import { INNER } from "./recorder.ts";
import type { Reply } from "./wire.ts";

/** What the model is to do in a turn; each client has a tool of its own for it. */
export type Act =
  | { readonly read: string }
  | { readonly write: string; readonly text: string }
  | { readonly run: string }
  | { readonly skill: string }
  | { readonly agent: string };

export type ClientRow = {
  readonly package: ClientPackage;
  readonly env: (url: string) => Readonly<Record<string, string>>;
  /** Files of the home folder that it needs; a person's own text is put after them. */
  readonly home: (place: { readonly url: string; readonly repo: string; readonly trusted: boolean }) => Readonly<Record<string, string>>;
  /** Arguments of one turn without questions. */
  readonly turn: (prompt: string, more: readonly string[]) => readonly string[];
  /** Environment that says: this folder is trusted. */
  readonly trust: Readonly<Record<string, string>>;
  /** The turn that shows a command's body; with a client that has none, a turn of a model with more tools. */
  readonly second: (command: string) => Turn;
  readonly act: (act: Act, tools: readonly string[]) => Reply;
};

// Long on purpose: some clients mask short keys wherever their letters occur.
const KEY = "sk-scripted-0123456789abcdef0123456789abcdef";

const inner = { description: "An inner task", prompt: INNER };

const opencodeConfig = (url: string): string =>
  JSON.stringify({
    model: "fake/fake-model",
    small_model: "fake/fake-model",
    provider: {
      fake: {
        npm: "@ai-sdk/openai-compatible",
        options: { baseURL: `${url}/v1`, apiKey: KEY },
        models: { "fake-model": { tool_call: true, limit: { context: 128_000, output: 8_000 } } },
      },
    },
  });

const codexConfig = (url: string): string => `model = "gpt-5-codex"
model_provider = "fake"

[model_providers.fake]
name = "fake"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "FAKE_KEY"
request_max_retries = 0
stream_max_retries = 0
`;

export const CLIENTS = {
  "claude-code": {
    package: { id: "claude", name: "@anthropic-ai/claude-code", version: "2.1.330", postinstall: "install.cjs" },
    env: (url) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      ...(process.getuid?.() === 0 ? { IS_SANDBOX: "1" } : {}),
    }),
    home: () => ({}),
    turn: (prompt, more) => ["-p", prompt, "--output-format", "stream-json", "--verbose", "--dangerously-skip-permissions", ...more],
    trust: {},
    second: (command) => ({ prompt: `/${command} GIVEN` }),
    act(act) {
      if ("read" in act) return { tool: "Read", input: { file_path: act.read } };
      if ("write" in act) return { tool: "Write", input: { file_path: act.write, content: act.text } };
      if ("skill" in act) return { tool: "Skill", input: { skill: act.skill } };
      if ("agent" in act) return { tool: "Agent", input: { ...inner, subagent_type: act.agent } };
      return { tool: "Bash", input: { command: act.run } };
    },
  },
  codex: {
    package: { id: "codex", name: "@openai/codex", version: "0.169.0" },
    env: () => ({ FAKE_KEY: KEY }),
    home: ({ url, repo, trusted }) => ({
      ".codex/config.toml": `${codexConfig(url)}${trusted ? `\n[projects.${JSON.stringify(repo)}]\ntrust_level = "trusted"\n` : ""}`,
    }),
    turn: (prompt, more) => ["exec", "--json", "--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust", ...more, prompt],
    trust: {},
    // This model is offered apply_patch, but hears of agents and servers only when it searches for tools.
    second: () => ({ args: ["-c", 'model="gpt-5.5"'], acts: [{ write: "patched.txt", text: "fine" }] }),
    act(act, tools) {
      if ("read" in act) return { tool: "exec_command", input: { cmd: `cat '${act.read}'` } };
      // Only models that it knows are offered the tool for patches.
      if ("write" in act && tools.includes("apply_patch"))
        return { tool: "apply_patch", raw: `*** Begin Patch\n*** Add File: ${act.write}\n+${act.text}\n*** End Patch\n` };
      if ("write" in act) return { tool: "exec_command", input: { cmd: `printf %s '${act.text}' > '${act.write}'` } };
      // Skills and agents are not asked for by a tool of their own name.
      return { tool: "exec_command", input: { cmd: "run" in act ? act.run : "true" } };
    },
  },
  "copilot-cli": {
    package: { id: "copilot", name: "@github/copilot", version: "1.0.102" },
    env: (url) => ({
      COPILOT_OFFLINE: "true",
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
      COPILOT_PROVIDER_API_KEY: KEY,
      COPILOT_MODEL: "fake-model",
    }),
    home: () => ({}),
    turn: (prompt, more) => ["-p", prompt, "--allow-all", "--output-format", "json", ...more],
    trust: { COPILOT_ALLOW_ALL: "true" },
    second: (command) => ({ acts: [{ skill: command }] }),
    act(act) {
      if ("read" in act) return { tool: "view", input: { path: act.read } };
      if ("write" in act) return { tool: "create", input: { path: act.write, file_text: act.text } };
      if ("skill" in act) return { tool: "skill", input: { skill: act.skill } };
      if ("agent" in act) return { tool: "task", input: { ...inner, agent_type: act.agent, name: "inner", mode: "sync" } };
      return { tool: "bash", input: { command: act.run, description: "run it" } };
    },
  },
  opencode: {
    package: { id: "opencode", name: "opencode-ai", version: "1.18.33", postinstall: "postinstall.mjs" },
    env: (url) => ({
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_CONFIG_CONTENT: opencodeConfig(url),
      // A registry that says at once that it has nothing: with a plugin it looks for a package.
      npm_config_registry: `${url}/`,
      npm_config_fetch_retries: "0",
    }),
    home: () => ({}),
    turn: (prompt, more) => ["run", "--format", "json", "--auto", ...more, prompt],
    trust: {},
    second: (command) => ({ prompt: "GIVEN", args: ["--command", command] }),
    act(act) {
      if ("read" in act) return { tool: "read", input: { filePath: act.read } };
      if ("write" in act) return { tool: "write", input: { filePath: act.write, content: act.text } };
      if ("skill" in act) return { tool: "skill", input: { name: act.skill } };
      if ("agent" in act) return { tool: "task", input: { ...inner, subagent_type: act.agent } };
      return { tool: "bash", input: { command: act.run, description: "run it" } };
    },
  },
} as const satisfies Readonly<Record<string, ClientRow>>;

export type ClientId = keyof typeof CLIENTS;
