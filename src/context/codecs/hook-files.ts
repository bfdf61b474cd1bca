// Codecs: a behavior as files of its own, in dialects that have one for each hook.
import type { Json, JsonObject } from "../model.ts";
import { codecOf, type Codec, type CodecContext, type ArtifactOf, type Encoded } from "./codec.ts";
import { fileOf, utf8 } from "./front-matter.ts";
import { ANTIGRAVITY_HOOKS, COPILOT_HOOKS, GOOSE_HOOKS, GROK_HOOKS, KIRO_HOOKS, type HookDialect } from "./hook-dialects.ts";
import { entriesByEvent, entryValue, hookEntries, type HookEntry, type Wrap } from "./hook-entries.ts";
import { isGuarding, tellsInJson } from "./hooks.ts";

type Behavior = ArtifactOf<"behavior">;

const jsonText = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

function hookFile(dialect: HookDialect, shape: (entries: readonly HookEntry[], behavior: Behavior, context: CodecContext) => Encoded, wrap?: Wrap): Codec {
  return codecOf("behavior", (behavior, context) => {
    const { entries, losses } = hookEntries(behavior, context, dialect, wrap);
    const encoded: Encoded = entries.length === 0 ? { as: "nothing", losses } : shape(entries, behavior, context);
    return { ...encoded, losses };
  });
}

const byEvent = (entries: readonly HookEntry[], behavior: Behavior, { override }: CodecContext, dialect: HookDialect): JsonObject =>
  entriesByEvent(entries, (entry) => entryValue(entry, behavior, override, dialect));

const oneFile = (value: Json): Encoded => ({ as: "files", files: [fileOf(jsonText(value))], losses: [] });

const COPILOT_STOPS = {
  prompt: '{"decision":"block","reason":"%s"}',
  // Copilot CLI looks at the outer members only, VS Code at the inner ones only.
  tool: '{"permissionDecision":"deny","permissionDecisionReason":"%s","hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"%s"}}',
} as const;

/** Form 1 of Copilot CLI, which VS Code reads too. The CLI takes any failure for a block and shows no stderr to the model, so a guard answers in JSON. */
export const copilotHooks = hookFile(
  COPILOT_HOOKS,
  (entries, behavior, context) => oneFile({ version: 1, hooks: byEvent(entries, behavior, context, COPILOT_HOOKS) }),
  (command, on) => (isGuarding(on) ? tellsInJson(command, { stop: COPILOT_STOPS[on === "prompt" ? "prompt" : "tool"] }) : command),
);

export const grokHooks = hookFile(GROK_HOOKS, (entries, behavior, context) => oneFile({ hooks: byEvent(entries, behavior, context, GROK_HOOKS) }));

/** A plugin's folder: goose reads hooks only out of plugins, and a plugin only with its manifest. */
export const goosePlugin = hookFile(GOOSE_HOOKS, (entries, behavior, context) => {
  const about = { name: behavior.name, version: "1.0.0", description: behavior.description ?? `The behavior ${behavior.name}` };
  const hooks = { hooks: byEvent(entries, behavior, context, GOOSE_HOOKS) };
  const files = [
    { path: "plugin.json", bytes: utf8(jsonText(about)), executable: false },
    { path: "hooks/hooks.json", bytes: utf8(jsonText(hooks)), executable: false },
  ];
  return { as: "files", files, losses: [] };
});

export const kiroHooks = hookFile(KIRO_HOOKS, (entries, behavior, { override }) => {
  const hooks = entries.map(({ on, native, matcher, command }) => ({
    name: entries.length === 1 ? behavior.name : `${behavior.name} ${on}`,
    trigger: native,
    ...(matcher !== null && { matcher }),
    action: { type: "command", command },
    ...(behavior.timeoutS !== null && { timeout: behavior.timeoutS }),
    enabled: true,
    ...override,
  }));
  return oneFile({ version: "v1", hooks });
});

/** A named group in a shared file. Antigravity stops a tool if it is told nothing, so a guard always answers; allowing would go past its own question. */
export const antigravityHooks = hookFile(
  ANTIGRAVITY_HOOKS,
  (entries, behavior, context) => ({
    as: "values",
    values: [{ event: "", name: behavior.name, value: byEvent(entries, behavior, context, ANTIGRAVITY_HOOKS) }],
    losses: [],
  }),
  (command, on) =>
    on === "tool.before" ? tellsInJson(command, { stop: '{"decision":"deny","reason":"%s"}', go: '{"decision":"ask"}' }) : `${command} >/dev/null; echo '{}'`,
);
