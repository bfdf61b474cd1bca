// How Codex is run against a model that is scripted. Data only.
import { KEY, type ClientRow } from "../client.ts";

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

export const codex = {
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
} as const satisfies ClientRow;
