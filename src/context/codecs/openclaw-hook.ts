// Codec: a behavior as a hook of OpenClaw, a folder with HOOK.md and a handler that OpenClaw runs inside of its own process.
import { codecOf } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";
import { OPENCLAW_HOOKS } from "./hook-dialects.ts";
import { hooksOf } from "./hooks.ts";
import { runnerText } from "./plugin-runner.ts";

const KNOWN: ReadonlySet<string> = new Set();

export const openclawHook = codecOf("behavior", (behavior, context) => {
  const { hooks, losses } = hooksOf(behavior, OPENCLAW_HOOKS);
  const { losses: unknown } = keepKnown(behavior.extra, KNOWN);
  if (hooks.length === 0) return { as: "nothing", losses };
  const about = {
    name: behavior.name,
    description: behavior.description ?? `The behavior ${behavior.name}`,
    metadata: { openclaw: { events: hooks.map(({ native }) => native) } },
  };
  const events = Object.fromEntries(hooks.map(({ on, native }) => [native, on]));
  const handler = [
    runnerText(behavior, { ...context, override: {} }, "../.."),
    `\nconst events = ${JSON.stringify(events, null, 2)};\n\n`,
    "export default async function handler(event) {\n  const on = events[`${event.type}:${event.action}`];\n  if (on) await run(on, event).catch(() => {});\n}\n",
  ].join("");
  const files = [
    {
      path: "HOOK.md",
      bytes: utf8(markdownOf({ ...about, ...context.override }, `Made by aiwg from behavior/${behavior.name}: change it there.\n`)),
      executable: false,
    },
    { path: "handler.js", bytes: utf8(handler), executable: false },
  ];
  return { as: "files", files, losses: [...losses, ...unknown] };
});
