// How OpenCode is run against a model that is scripted. Data only.
import { KEY, inner, type ClientRow } from "../client.ts";

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

export const opencode = {
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
  // It names the schema in a config that it finds.
  leaves: { "opencode.json": /^\{\s*"\$schema": "[^"]+",?\s*\}\s*$/ },
  second: (command) => ({ prompt: "GIVEN", args: ["--command", command] }),
  act(act) {
    if ("read" in act) return { tool: "read", input: { filePath: act.read } };
    if ("write" in act) return { tool: "write", input: { filePath: act.write, content: act.text } };
    if ("skill" in act) return { tool: "skill", input: { name: act.skill } };
    if ("agent" in act) return { tool: "task", input: { ...inner, subagent_type: act.agent } };
    return { tool: "bash", input: { command: act.run, description: "run it" } };
  },
} as const satisfies ClientRow;
