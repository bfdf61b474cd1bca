// How Claude Code is run against a model that is scripted. Data only.
import { KEY, inner, type ClientRow } from "../client.ts";

export const claudeCode = {
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
} as const satisfies ClientRow;
