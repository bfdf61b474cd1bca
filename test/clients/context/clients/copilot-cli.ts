// How Copilot CLI is run against a model that is scripted. Data only.
import { KEY, inner, type ClientRow } from "../client.ts";

export const copilotCli = {
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
} as const satisfies ClientRow;
