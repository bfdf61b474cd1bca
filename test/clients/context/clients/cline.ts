// How Cline is run against a model that is scripted. Data only.
import type { JsonObject } from "../../../../src/context/model.ts";
import { EVENTS, KEY, inner, type ClientRow } from "../client.ts";

const providers = (url: string): JsonObject => ({
  version: 1,
  lastUsedProvider: "openai-compatible",
  providers: {
    "openai-compatible": {
      settings: { provider: "openai-compatible", apiKey: KEY, model: "fake-model", baseUrl: `${url}/v1` },
      updatedAt: "2026-01-01T00:00:00.000Z",
      tokenSource: "manual",
    },
  },
});

export const cline = {
  package: { id: "cline", name: "cline", version: "3.0.65" },
  // In its own process: otherwise a daemon on a port that is always the same runs the second turn.
  env: () => ({ CLINE_SESSION_BACKEND_MODE: "local" }),
  // What `cline auth` leaves.
  home: ({ url }) => ({
    ".cline/data/settings/providers.json": providers(url),
    // It waits for its telemetry to arrive, at the end of each turn.
    ".cline/data/settings/global-settings.json": { telemetryOptOut: true, autoUpdateEnabled: false },
  }),
  turn: (prompt, more) => ["-P", "openai-compatible", "-m", "fake-model", "--json", ...more, prompt],
  trust: {},
  events: EVENTS.filter((event) => event !== "prompt"),
  second: (command) => ({ prompt: `/${command} GIVEN` }),
  act(act) {
    if ("read" in act) return { tool: "read_files", input: { files: [{ path: act.read }] } };
    if ("write" in act) return { tool: "editor", input: { path: act.write, new_text: act.text } };
    if ("skill" in act) return { tool: "skills", input: { skill: act.skill } };
    if ("agent" in act) return { tool: `subagent_${act.agent.replaceAll("-", "_")}`, input: { prompt: inner.prompt } };
    return { tool: "run_commands", input: { commands: [act.run] } };
  },
} as const satisfies ClientRow;
