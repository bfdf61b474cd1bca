// How Factory's droid is run against a model that is scripted. Data only.
import type { JsonObject } from "../../../../src/context/model.ts";
import { EVENTS, KEY, inner, type ClientRow } from "../client.ts";

const model = (url: string): JsonObject => ({
  model_display_name: "Fake",
  model: "fake-model",
  base_url: `${url}/v1`,
  api_key: KEY,
  provider: "generic-chat-completion-api",
  max_tokens: 8_000,
});

export const factory = {
  package: { id: "droid", name: "droid", version: "0.215.0" },
  // Without the second it starts no subagent before its service has confirmed the key.
  env: () => ({ FACTORY_API_KEY: "fk-scripted-0123456789abcdef", FACTORY_AIRGAP_ENABLED: "true" }),
  // Its settings are where behaviors go; models may stand in this older file too.
  home: ({ url }) => ({ ".factory/config.json": { custom_models: [model(url)] } }),
  turn: (prompt, more) => ["exec", "--skip-permissions-unsafe", "-m", "custom:Fake-0", "-o", "json", ...more, prompt],
  trust: {},
  // Of the prompt that it is started with it tells no hook.
  events: [...EVENTS.filter((event) => event !== "prompt"), "session.end"],
  second: (command) => ({ prompt: `/${command} GIVEN` }),
  act(act) {
    if ("read" in act) return { tool: "Read", input: { file_path: act.read } };
    if ("write" in act) return { tool: "Create", input: { file_path: act.write, content: act.text } };
    if ("skill" in act) return { tool: "Skill", input: { skill: act.skill } };
    if ("agent" in act) return { tool: "Task", input: { ...inner, subagent_type: act.agent, await: true } };
    return { tool: "Execute", input: { command: act.run, riskLevelReason: "nothing", riskLevel: "low" } };
  },
} as const satisfies ClientRow;
