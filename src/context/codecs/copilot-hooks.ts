// Codec: a behavior as a file of .github/hooks, form 1 of Copilot CLI, which VS Code reads too. The CLI takes any failure for a
// block and shows no stderr to the model, so a guard answers in JSON, which both understand.
import type { Json } from "../model.ts";
import { codecOf } from "./codec.ts";
import { fileOf, keepKnown } from "./front-matter.ts";
import { COPILOT_HOOKS } from "./hook-events.ts";
import { hookCommand, hooksOf, isGuarding, tellsInJson } from "./hooks.ts";

const KNOWN: ReadonlySet<string> = new Set();

export const copilotHooks = codecOf("behavior", (behavior, context) => {
  const { hooks, losses } = hooksOf(behavior, COPILOT_HOOKS);
  const { losses: unknown } = keepKnown(behavior.extra, KNOWN);
  if (hooks.length === 0) return { as: "nothing", losses };
  const byEvent: Record<string, Json[]> = {};
  for (const { on, native, tools } of hooks) {
    // Both start it in the project's folder.
    const { command } = hookCommand(behavior, on, context, null);
    const bash = isGuarding(on) ? tellsInJson(command, on) : command;
    const entry = {
      type: "command",
      ...(tools !== null && { matcher: tools.join("|") }),
      bash,
      ...(behavior.timeoutS !== null && { timeoutSec: behavior.timeoutS }),
      ...context.override,
    };
    byEvent[native] = [...(byEvent[native] ?? []), entry];
  }
  const text = `${JSON.stringify({ version: 1, hooks: byEvent }, null, 2)}\n`;
  return { as: "files", files: [fileOf(text)], losses: [...losses, ...unknown] };
});
