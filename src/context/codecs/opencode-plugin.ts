// Codec: a behavior as a plugin of OpenCode, a module that starts the behavior's program. Its exit 2 before a tool becomes an
// error, which is how a plugin stops a tool.
import { codecOf } from "./codec.ts";
import { fileOf, keepKnown } from "./front-matter.ts";
import { OPENCODE_HOOKS } from "./hook-dialects.ts";
import { hooksOf, type Hook } from "./hooks.ts";
import { runnerText } from "./plugin-runner.ts";

const KNOWN: ReadonlySet<string> = new Set();
// Functions of a plugin; every other event comes as a type of its event stream.
const FUNCTIONS: ReadonlySet<string> = new Set(["chat.message", "tool.execute.before", "tool.execute.after", "experimental.session.compacting"]);

function condition({ native, tools }: Hook): string {
  const byType = FUNCTIONS.has(native) ? [] : [`event.type === ${JSON.stringify(native)}`];
  const byTool = tools === null ? [] : [`/^(?:${tools.join("|")})$/.test(input.tool)`];
  return [...byType, ...byTool].map((test) => `if (${test}) `).join("");
}

function members(hooks: readonly Hook[]): string {
  const functions = hooks.filter(({ native }) => FUNCTIONS.has(native));
  const streamed = hooks.filter(({ native }) => !FUNCTIONS.has(native));
  const call = (hook: Hook, payload: string, guard: string): string => `      ${condition(hook)}await run(${JSON.stringify(hook.on)}, ${payload})${guard};\n`;
  const own = functions.map((hook) => `    ${JSON.stringify(hook.native)}: async (input, output) => {\n${call(hook, "{ input, output }", "")}    },\n`);
  // Nothing waits for the event stream, so nothing there can be stopped.
  const events = streamed.map((hook) => call(hook, "{ event }", ".catch(() => {})")).join("");
  return `${own.join("")}${events === "" ? "" : `    event: async ({ event }) => {\n${events}    },\n`}`;
}

export const opencodePlugin = codecOf("behavior", (behavior, context) => {
  const { hooks, losses } = hooksOf(behavior, OPENCODE_HOOKS);
  const { losses: unknown } = keepKnown(behavior.extra, KNOWN);
  if (hooks.length === 0) return { as: "nothing", losses };
  const text = `${runnerText(behavior, context, "../..")}\nexport const AiwgBehavior = async () => {\n  return {\n${members(hooks)}  };\n};\n`;
  return { as: "files", files: [fileOf(text)], losses: [...losses, ...unknown] };
});
