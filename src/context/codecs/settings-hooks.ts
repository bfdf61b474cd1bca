// Codecs: a behavior as entries of the `hooks` of Claude Code's settings, and of Codex's hooks.json, which has their shape.
import type { ArtifactOf, CodecContext, Encoded, EncodedValue } from "./codec.ts";
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { CLAUDE_HOOKS, CODEX_HOOKS, type HookDialect } from "./hook-events.ts";
import { hookCommand, hooksOf } from "./hooks.ts";

const KNOWN: ReadonlySet<string> = new Set();

// A list of plain names is matched whole; anything else is a regular expression that would also match inside a name.
function matcherOf(tools: readonly string[]): string {
  const list = tools.join("|");
  return tools.every((name) => /^\w+$/.test(name)) ? list : `^(${list})$`;
}

// Copilot CLI runs these hooks too, but exit 2 stops no prompt there; the variable is its own.
const promptBlock = (name: string): string =>
  `; s=$?; if [ $s = 2 ] && [ -n "$COPILOT_CLI" ]; then echo '{"decision":"block","reason":"stopped by ${name}"}'; exit 0; fi; exit $s`;

function encode(behavior: ArtifactOf<"behavior">, context: CodecContext, dialect: HookDialect, home: string, afterPrompt = ""): Encoded {
  const { hooks, losses } = hooksOf(behavior, dialect);
  const { losses: unknown } = keepKnown(behavior.extra, KNOWN);
  if (hooks.length === 0) return { as: "nothing", losses };
  const seen = new Set<string>();
  const values = hooks.map(({ on, native, tools }): EncodedValue => {
    const { command: plain, mark } = hookCommand(behavior, on, context, home);
    const command = on === "prompt" ? `${plain}${afterPrompt}` : plain;
    const handler = { type: "command", command, ...(behavior.timeoutS !== null && { timeout: behavior.timeoutS }), ...context.override };
    // Two of our events can be one of theirs; `@` stands in no artifact's name.
    const name = seen.has(native) ? `${behavior.name}@${on}` : behavior.name;
    seen.add(native);
    return { event: native, name, mark, value: { ...(tools !== null && { matcher: matcherOf(tools) }), hooks: [handler] } };
  });
  return { as: "values", values, losses: [...losses, ...unknown] };
}

/** Claude Code names the project's folder in a variable; Copilot, which runs these hooks too, starts them there. */
export const claudeHooks = codecOf("behavior", (behavior, context) =>
  encode(behavior, context, CLAUDE_HOOKS, '"${CLAUDE_PROJECT_DIR:-.}"', promptBlock(behavior.name)),
);

/** Codex starts hooks where the session is, which can be below the project. */
export const codexHooks = codecOf("behavior", (behavior, context) =>
  encode(behavior, context, CODEX_HOOKS, '"$(git rev-parse --show-toplevel 2>/dev/null || pwd)"'),
);
