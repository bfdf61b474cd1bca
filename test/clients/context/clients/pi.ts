// How pi is run against a model that is scripted. Data only.
import type { JsonObject } from "../../../../src/context/model.ts";
import { KEY, type ClientRow } from "../client.ts";

const models = (url: string): JsonObject => {
  const fake = { baseUrl: `${url}/v1`, api: "openai-completions", apiKey: KEY, models: [{ id: "fake-model" }] };
  return { providers: { fake } };
};

export const pi = {
  package: { id: "pi", name: "@mariozechner/pi-coding-agent", version: "0.73.1" },
  env: () => ({ PI_OFFLINE: "1" }),
  home: ({ url }) => ({ ".pi/agent/models.json": models(url) }),
  // Each further argument is a prompt of its own, after the one before was answered.
  turn: (prompt, more) => ["--provider", "fake", "--model", "fake-model", "-p", "--mode", "json", prompt, ...more],
  trust: {},
  second: (command, skill) => ({ prompt: `/${command} GIVEN`, args: [`/skill:${skill}`] }),
  act(act) {
    if ("read" in act) return { tool: "read", input: { path: act.read } };
    if ("write" in act) return { tool: "write", input: { path: act.write, content: act.text } };
    // Skills are not asked for by a tool, and there are no subagents.
    return { tool: "bash", input: { command: "run" in act ? act.run : "true" } };
  },
} as const satisfies ClientRow;
