// Codec: a behavior for Cline, which runs one program per event: the same for all behaviors, it runs what lies in the folder
// beside it, where each behavior has a script.
import { codecOf } from "./codec.ts";
import { utf8 } from "./front-matter.ts";
import { CLINE_HOOKS } from "./hook-dialects.ts";
import { hookEntries } from "./hook-entries.ts";
import { isGuarding, tellsInJson } from "./hooks.ts";

const DISPATCH = `#!/bin/sh
# Made by aiwg: runs the programs in the folder beside it, until one of them stops Cline.
input=$(cat)
for hook in "$0".d/*; do
  [ -x "$hook" ] || continue
  answer=$(printf '%s' "$input" | "$hook")
  case $answer in
    *'"cancel":true'*)
      printf '%s\\n' "$answer"
      exit 0
      ;;
  esac
done
echo '{"cancel":false}'
`;

const CANCEL = { stop: '{"cancel":true,"errorMessage":"%s"}' } as const;

export const clineHooks = codecOf("behavior", (behavior, context) => {
  const { entries, losses } = hookEntries(behavior, context, CLINE_HOOKS);
  if (entries.length === 0) return { as: "nothing", losses };
  // A project's script knows where it lies; a user's runs where Cline does.
  const home = context.scope === "project" ? 'cd "$(dirname "$0")/../../.." || exit 0\n' : "";
  const texts = new Map<string, string>();
  for (const { on, native, matcher, command } of entries) {
    const call = isGuarding(on) ? tellsInJson(command, CANCEL).replace(/; exit 0$/, "") : `${command} >/dev/null`;
    const run = `printf '%s' "$input" | { ${call}; }\n`;
    const body = matcher === null ? run : `if printf '%s' "$input" | grep -Eq '"toolName" *: *"(${matcher})"'; then\n  ${run}fi\n`;
    texts.set(native, `${texts.get(native) ?? `#!/bin/sh\n# Made by aiwg from behavior/${behavior.name}: change it there.\n${home}input=$(cat)\n`}${body}`);
  }
  const script = (path: string, text: string) => ({ path, bytes: utf8(text), executable: true });
  return {
    as: "files",
    files: [...texts].map(([native, text]) => script(`${native}.d/${behavior.name}`, text)),
    shared: [...texts.keys()].map((native) => script(native, DISPATCH)),
    losses,
  };
});
