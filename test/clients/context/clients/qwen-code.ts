// How Qwen Code is run against a model that is scripted. Data only.
import { KEY, inner, type ClientRow } from "../client.ts";

export const qwenCode = {
  package: { id: "qwen", name: "@qwen-code/qwen-code", version: "0.24.4" },
  env: (url) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: "fake-model" }),
  home: () => ({}),
  turn: (prompt, more) => ["--auth-type", "openai", "-p", prompt, "--yolo", "-o", "stream-json", ...more],
  trust: {},
  // It notes the form of settings that it finds.
  leaves: { ".qwen/settings.json": /^\{\s*"\$version": \d+\s*\}\s*$/ },
  // With a tool's result in it, since it runs the hooks of prompts for those too.
  second: (command) => ({ prompt: `/${command} GIVEN`, acts: [{ run: "true" }] }),
  act(act) {
    if ("read" in act) return { tool: "read_file", input: { file_path: act.read } };
    if ("write" in act) return { tool: "write_file", input: { file_path: act.write, content: act.text } };
    if ("skill" in act) return { tool: "skill", input: { skill: act.skill } };
    if ("agent" in act) return { tool: "agent", input: { ...inner, subagent_type: act.agent } };
    return { tool: "run_shell_command", input: { command: act.run, description: "run it", is_background: false } };
  },
} as const satisfies ClientRow;
