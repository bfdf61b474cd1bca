// How OpenClaw is run against a model that is scripted. Data only.
import { dirname, join } from "node:path";
import { HOOK } from "../bundle.ts";
import { KEY, type ClientRow } from "../client.ts";

const compiled = join(import.meta.dirname, "..", "..", "..", "..", ".cache", "clients", "openclaw", "compiled");

export const openclaw = {
  package: { id: "openclaw", name: "openclaw", version: "2026.9.6" },
  through: join(import.meta.dirname, "openclaw-turn.ts"),
  // Thousands of modules are loaded for each turn, and need not be compiled anew in each scene.
  env: () => ({ NODE_COMPILE_CACHE: compiled, OPENCLAW_SKIP_CHANNELS: "1", OPENCLAW_NO_AUTO_UPDATE: "1", OPENCLAW_NO_RESPAWN: "1" }),
  // A workspace that was there and is gone stops OpenClaw, so something of a person's stands in it.
  home: ({ url, repo, scope }) => ({
    ".openclaw/workspace/SOUL.md": "Be brief.\n",
    ".openclaw/openclaw.json": {
      agents: {
        // A user's own workspace is where it always is; a project's is the repository.
        defaults: { ...(scope === "project" && { workspace: repo }), skipBootstrap: true, model: { primary: "fake/fake-model" } },
      },
      models: { providers: { fake: { baseUrl: `${url}/v1`, api: "openai-completions", apiKey: KEY, models: [{ id: "fake-model", name: "fake" }] } } },
      // As `openclaw hooks enable` writes it.
      hooks: { internal: { enabled: true, entries: { [HOOK]: { enabled: true } } } },
      gateway: { mode: "local", bind: "loopback", auth: { mode: "none" } },
      update: { checkOnStart: false },
      plugins: { enabled: false },
      // It would lie outside of the home folder.
      logging: { file: join(dirname(repo), "openclaw.log") },
    },
  }),
  turn: (prompt) => [prompt],
  trust: {},
  events: ["session.start", "prompt"],
  // `/skill` does the same, but asks no model where there is no such skill.
  second: (command) => ({ prompt: `$${command} GIVEN` }),
  act(act) {
    if ("read" in act) return { tool: "read", input: { path: act.read } };
    if ("write" in act) return { tool: "write", input: { path: act.write, content: act.text } };
    // Skills are not asked for by a tool, and its agents are workspaces.
    return { tool: "exec", input: { command: "run" in act ? act.run : "true" } };
  },
} as const satisfies ClientRow;
