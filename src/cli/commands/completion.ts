// `aiwg completion SHELL`: prints a small script that asks `aiwg completion --words …` while a person types.
// Must not read anything but the table of commands and the ids in the queue.
import { proposeCompletions } from "@stricli/core";
import { existsSync } from "node:fs";
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { oneOf, switchFlag } from "../flags.ts";
import { GLOBAL_FLAGS } from "../global-flags.ts";
import { withQueue } from "../queueing.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_aiwg() {
  local IFS=$'\\n'
  COMPREPLY=( $(aiwg completion --words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) )
}
complete -o default -F _aiwg aiwg
`,
  zsh: `#compdef aiwg
_aiwg() {
  local -a found
  found=("\${(@f)$(aiwg completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _aiwg aiwg
`,
  fish: `complete -c aiwg -f -a '(aiwg completion --words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

const WITH_IDS = ["status", "watch", "log", "diff", "abort", "pause", "resume", "retry", "move", "list", "stop", "export"];
const OF_SESSIONS = ["list", "stop", "export"];
const IDS_SHOWN = 50;

// Ids of this project's newest missions and sessions; a queue that does not exist is not made for it.
async function ids(cli: Cli, verb: string): Promise<string[]> {
  if (!existsSync(cli.places.queue)) return [];
  const project = (await cli.project()).id;
  return withQueue(cli, undefined, (queue) => {
    const sessions = queue
      .sessions(project)
      .slice(0, IDS_SHOWN)
      .map((session) => session.name ?? session.session_id);
    return OF_SESSIONS.includes(verb) ? sessions : [...queue.missions({ project, limit: IDS_SHOWN }).map((mission) => mission.mission_id), ...sessions];
  });
}

async function propose(cli: Cli, words: readonly string[]): Promise<string[]> {
  const partial = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const app = await cli.parserFor(before.filter((word) => !word.startsWith("-")));
  const known = await proposeCompletions(app, [...before.filter((word) => !Object.hasOwn(GLOBAL_FLAGS, word.replace(/^--/, ""))), partial], cli);
  const found = known.map(({ completion }) => completion);
  if (partial.startsWith("-")) found.push(...Object.keys(GLOBAL_FLAGS).map((name) => `--${name}`));
  else if (before.length === 2 && before[0] === "mc" && WITH_IDS.includes(before[1] ?? "")) found.push(...(await ids(cli, before[1] ?? "")));
  return [...new Set(found)].filter((word) => word.startsWith(partial));
}

type Flags = { readonly words: boolean };

export const command = defineCommand({
  anyConfig: true,
  examples: [
    "aiwg completion bash > ~/.local/share/bash-completion/completions/aiwg",
    "aiwg completion zsh > ~/.zfunc/_aiwg",
    "aiwg completion fish > ~/.config/fish/completions/aiwg.fish",
  ],
  parameters: {
    flags: { words: switchFlag("Print what may stand next (used by the scripts)") },
    positional: { kind: "array", parameter: { brief: "bash, zsh or fish", parse: String, placeholder: "shell" } },
  },
  async run(cli: Cli, flags: Flags, ...words: string[]) {
    if (flags.words) {
      // Half a word is no error: whatever fails here, a person is only typing.
      const found = await propose(cli, words).catch(() => []);
      return cli.ui.result("completion", { words: found }, () => {
        for (const word of found) cli.ui.data(word);
      });
    }
    const [word] = words;
    if (word === undefined)
      throw new AiwgError("usage", `an argument is missing: <shell>, one of ${SHELLS.join(", ")}`, {
        hint: "For this shell: source <(aiwg completion bash). See aiwg completion --help to keep it.",
      });
    const shell = oneOf(SHELLS)(word);
    return cli.ui.result("completion", { shell, script: SCRIPTS[shell] }, () => cli.ui.raw(SCRIPTS[shell]));
  },
});
