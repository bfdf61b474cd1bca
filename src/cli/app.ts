// The table of commands, name → lazy loader, and the parser built from it; only the command that was named is loaded.
// Must not know what a command does.
import {
  type Application,
  ArgumentParseError,
  ArgumentScannerError,
  type Command,
  FlagNotFoundError,
  type RouteMap,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
  buildApplication,
  buildCommand,
  buildRouteMap,
  formatMessageForArgumentScannerError,
  text_en,
} from "@stricli/core";
import { messageOf } from "../core/errors.ts";
import { nearest, oneLine } from "../core/text.ts";
import type { Cli, Described } from "./command.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";

type Leaf = { readonly brief: string; readonly hidden?: true; readonly load: () => Promise<{ readonly command: Described }> };
type Group = { readonly brief: string; readonly routes: Readonly<Record<string, Leaf>> };

/** Every command (contract §5). */
export const COMMANDS: Readonly<Record<string, Leaf | Group>> = {
  home: { brief: "What is here and what next", hidden: true, load: () => import("./commands/home.ts") },
  init: { brief: "Start a place for this project's own context", load: () => import("./commands/init.ts") },
  use: { brief: "Add a bundle of rules, skills, agents… and deploy it", load: () => import("./commands/use.ts") },
  deploy: { brief: "Bring what agents read up to date with the bundles", load: () => import("./commands/deploy.ts") },
  plan: { brief: "What deploy would do", load: () => import("./commands/plan.ts") },
  status: { brief: "What is deployed where, and whether it still is what the bundles say", load: () => import("./commands/status.ts") },
  save: { brief: "Take what you changed in a deployed file back into its bundle", load: () => import("./commands/save.ts") },
  keep: { brief: "Leave a file to yourself: aiwg no longer touches it", load: () => import("./commands/keep.ts") },
  import: { brief: "Make what you already have for one tool the source for all", load: () => import("./commands/import.ts") },
  update: { brief: "Bring bundles from elsewhere to what their sources name now", load: () => import("./commands/update.ts") },
  remove: { brief: "Take a bundle out again", load: () => import("./commands/remove.ts") },
  platforms: { brief: "Which tools can be deployed to, and what each reads", load: () => import("./commands/platforms.ts") },
  up: { brief: "Start serve, a bridge and an executor in this process", load: () => import("./commands/up.ts") },
  stop: { brief: "Stop what runs for this user", load: () => import("./commands/stop.ts") },
  demo: { brief: "Five scripted missions, live, with no key and no network", load: () => import("./commands/demo.ts") },
  inbox: { brief: "What agents ask people", load: () => import("./commands/inbox.ts") },
  answer: { brief: "Answer the question of an agent", load: () => import("./commands/answer.ts") },
  run: { brief: "Queue a mission here and follow it to its end", load: () => import("./commands/run.ts") },
  mc: {
    brief: "Missions: queue, look, follow, steer",
    routes: {
      start: { brief: "Start a session: a named group of missions", load: () => import("./commands/mc-start.ts") },
      dispatch: { brief: "Queue a mission; works with nothing else running", load: () => import("./commands/mc-dispatch.ts") },
      list: { brief: "Sessions of this project, or missions of one", load: () => import("./commands/mc-list.ts") },
      status: { brief: "Missions with state and reason", load: () => import("./commands/mc-status.ts") },
      watch: { brief: "Follow events as they happen", load: () => import("./commands/mc-watch.ts") },
      log: { brief: "Transcript of a mission", load: () => import("./commands/mc-log.ts") },
      abort: { brief: "End a mission", load: () => import("./commands/mc-abort.ts") },
      diff: { brief: "What a mission has changed", load: () => import("./commands/mc-diff.ts") },
      pause: { brief: "Hold a mission or a session", load: () => import("./commands/mc-pause.ts") },
      resume: { brief: "Let what is held, paused or suspended go on", load: () => import("./commands/mc-resume.ts") },
      retry: { brief: "Run an ended mission again, as a new one", load: () => import("./commands/mc-retry.ts") },
      stop: { brief: "Close a session: nothing of it is started any more", load: () => import("./commands/mc-stop.ts") },
      clean: { brief: "Free what ended missions left", load: () => import("./commands/mc-clean.ts") },
      move: { brief: "Send missions to the present serve", load: () => import("./commands/mc-move.ts") },
      import: { brief: "Take in an export, or prior art's session.json", load: () => import("./commands/mc-import.ts") },
      export: { brief: "Sessions and missions as JSON lines", load: () => import("./commands/mc-export.ts") },
      bridge: { brief: "Deliver the queue to serve, in this process", load: () => import("./commands/mc-bridge.ts") },
    },
  },
  serve: { brief: "Run the server, in this process", load: () => import("./commands/serve.ts") },
  executor: { brief: "Run missions on this machine, in this process", load: () => import("./commands/executor.ts") },
  token: {
    brief: "Tokens of the local serve",
    routes: {
      show: { brief: "Print the local admin token", load: () => import("./commands/token-show.ts") },
      create: { brief: "Create a token with a smaller role", load: () => import("./commands/token-create.ts") },
      list: { brief: "Live tokens, without their text", load: () => import("./commands/token-list.ts") },
      revoke: { brief: "End a token, and what was opened with it", load: () => import("./commands/token-revoke.ts") },
    },
  },
  doctor: { brief: "What is wrong here, and mending it", load: () => import("./commands/doctor.ts") },
  completion: { brief: "Completion script for bash, zsh or fish", load: () => import("./commands/completion.ts") },
};

const CONFIG = {
  name: "aiwg",
  scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
} as const;
const HELP_FORMAT = { useAliasInUsageLine: false, onlyRequiredInUsageLine: true, caseStyle: "convert-camel-to-kebab" } as const;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The names of a command that has been loaded, without dashes. */
function flagNames(command: Command<Cli> | undefined): string[] {
  return [...Object.keys(command?.parameters.flags ?? {}).map(kebab), ...Object.keys(GLOBAL_FLAGS), "help"];
}

function explain(error: unknown, command: Command<Cli> | undefined): string {
  if (error instanceof FlagNotFoundError) {
    const like = nearest(error.input, flagNames(command));
    return `unknown flag --${oneLine(error.input, 60)}${like ? `, did you mean --${like}?` : ""}`;
  }
  if (error instanceof ArgumentParseError)
    return `${label(error.externalFlagNameOrPlaceholder, command)}: ${messageOf(error.exception).replace(/^value: /, "")}`;
  if (error instanceof UnsatisfiedFlagError) return `--${kebab(error.externalFlagName.replace(/^--/, ""))}: a value is missing`;
  if (error instanceof UnsatisfiedPositionalError) return `an argument is missing: <${error.placeholder}>`;
  if (error instanceof UnexpectedPositionalError) return `one argument too many: "${oneLine(error.input, 60)}" (put a text with spaces in quotes)`;
  return error instanceof ArgumentScannerError ? formatMessageForArgumentScannerError(error, {}) : messageOf(error);
}

// The library gives names of flags and of positional parameters alike, without dashes.
function label(name: string, command: Command<Cli> | undefined): string {
  const flag = kebab(name.replace(/^--/, ""));
  return name.startsWith("--") || flagNames(command).includes(flag) ? `--${flag}` : `<${name}>`;
}

// Stands for a command that was not named: enough for help, and for "did you mean".
function placeholder(brief: string): Command<Cli> {
  return buildCommand<NonNullable<unknown>, [], Cli>({ parameters: {}, docs: { brief }, func: () => undefined });
}

type Picked = { readonly command: Command<Cli>; readonly examples: readonly string[] };

async function pick(words: readonly string[]): Promise<Picked | undefined> {
  const [first = "", second = ""] = words;
  const entry = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  const leaf = entry && "routes" in entry ? (Object.hasOwn(entry.routes, second) ? entry.routes[second] : undefined) : entry;
  if (!leaf) return undefined;
  const { command } = await leaf.load();
  return { command: command.build(leaf.brief), examples: command.examples };
}

function examplesText(examples: readonly string[]): string {
  return examples.length === 0 ? "" : `EXAMPLES\n${examples.map((line) => `  ${line}\n`).join("")}\n`;
}

const ROOT_EXAMPLES = [
  "aiwg use ../team-rules --to claude-code,codex",
  "aiwg demo",
  "aiwg up",
  'aiwg run "add a --version flag" --check "npm test"',
  "aiwg mc status",
];

const globalsText = (): string => {
  const width = Math.max(...Object.keys(GLOBAL_FLAGS).map((name) => name.length));
  const lines = Object.entries(GLOBAL_FLAGS).map(([name, brief]) => `      --${name.padEnd(width)}  ${brief}\n`);
  return `\nEVERYWHERE\n${lines.join("")}`;
};

/** The parser for a command line whose first words (without flags) are `words`. */
export async function buildApp(words: readonly string[]): Promise<Application<Cli>> {
  const picked = await pick(words);
  const leafOf = (path: readonly string[], leaf: Leaf): Command<Cli> =>
    picked && path.every((word, i) => words[i] === word) ? picked.command : placeholder(leaf.brief);
  const routes: Record<string, Command<Cli> | RouteMap<Cli>> = {};
  const hidden: Record<string, boolean> = {};
  for (const [name, entry] of Object.entries(COMMANDS)) {
    if ("routes" in entry) {
      const inner = Object.fromEntries(Object.entries(entry.routes).map(([sub, leaf]) => [sub, leafOf([name, sub], leaf)]));
      routes[name] = buildRouteMap<string, Cli>({ routes: inner, docs: { brief: entry.brief } });
    } else {
      routes[name] = leafOf([name], entry);
      if (entry.hidden) hidden[name] = true;
    }
  }
  const root = buildRouteMap<string, Cli>({
    routes,
    docs: { brief: "One source of truth for your coding agents, and work for them that counts as done only when your checks pass.", hideRoute: hidden },
  });
  const text = {
    ...text_en,
    exceptionWhileParsingArguments: (error: unknown) => explain(error, picked?.command),
    noCommandRegisteredForInput: ({ input, corrections }: { readonly input: string; readonly corrections: readonly string[] }) =>
      `unknown command "${oneLine(input, 60)}"${corrections[0] ? `, did you mean ${corrections[0].replaceAll("`", "")}?` : ""}`,
  };
  return buildApplication<Cli>(
    root,
    { ...CONFIG, localization: { text }, documentation: { disableAnsiColor: true } },
    {
      help: {
        flag: {
          brief: "Print help, examples first",
          global: true,
          aliases: ["h"],
          defaultForRouteMap: true,
          run(app, { text: words_, result, additionalFlags }) {
            const isRoot = result.target === app.root;
            const help = result.target.formatHelp({
              prefix: result.prefix,
              additionalFlags,
              includeArgumentEscapeSequenceFlag: false,
              includeHidden: false,
              config: HELP_FORMAT,
              aliases: [],
              text: words_,
              ansiColor: false,
            });
            this.process.stdout.write(
              `${examplesText(isRoot ? ROOT_EXAMPLES : (picked?.examples ?? []))}${help.replaceAll(/ +\[default = (?:false|project)\]/g, "")}${globalsText()}`,
            );
          },
        },
      },
    },
  );
}
