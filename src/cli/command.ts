// What a command is: its parameters, examples and one function over the command line's context. The bridge to the parser
// library. Must not know any particular command.
import { type Application, type BaseArgs, type Command, type CommandContext, type TypedCommandParameters, buildCommand } from "@stricli/core";
import type { Config } from "../core/node/config.ts";
import { type Env, type Places, placesOf } from "../core/node/paths.ts";
import { hasSettings } from "../core/node/settings.ts";
import { type ProjectPlace, findProject } from "../core/node/project.ts";
import type { Clock } from "../core/time.ts";
import { systemClock } from "../core/time.ts";
import type { Signals } from "./signals.ts";
import type { Globals, Ui } from "./ui.ts";

/** What every command gets. */
export type Cli = CommandContext & {
  readonly ui: Ui;
  readonly globals: Globals;
  readonly env: Env;
  readonly cwd: string;
  readonly places: Places;
  readonly version: string;
  readonly clock: Clock;
  readonly signals: Signals;
  /** The project around the working folder. */
  project(): Promise<ProjectPlace>;
  /** The settings that hold here. Throws `config_invalid`. */
  config(): Promise<Config>;
  /** The parser for a command line that begins with these words; completion asks it what may stand next. */
  parserFor(words: readonly string[]): Promise<Application<Cli>>;
  /** Takes the exit code, or what was thrown, of the command that ran. */
  settle(outcome: { readonly code: number } | { readonly error: unknown }): void;
};

/** The context over the process; project and config are read once, when first asked for. */
export function makeCli(input: Pick<Cli, "ui" | "globals" | "env" | "cwd" | "version" | "process" | "signals" | "settle" | "parserFor">): Cli {
  const places = placesOf(input.env);
  let project: Promise<ProjectPlace> | undefined;
  const findOnce = (): Promise<ProjectPlace> => (project ??= findProject(input.cwd));
  let config: Promise<Config> | undefined;
  const readConfig = async (): Promise<Config> => {
    const at = { places, root: (await findOnce()).root, env: input.env };
    if (!hasSettings(at)) return {};
    const { loadConfig } = await import("../core/node/config.ts");
    return loadConfig({ ...at, cwd: input.cwd });
  };
  return {
    ...input,
    places,
    clock: systemClock,
    project: findOnce,
    config: () => (config ??= readConfig()),
  };
}

/** A command ready to be named in the table of commands. */
export type Described = { readonly examples: readonly string[]; build(brief: string): Command<Cli> };

type Spec<FLAGS extends Readonly<Partial<Record<keyof FLAGS, unknown>>>, ARGS extends BaseArgs> = {
  /** Command lines that a person can copy; shown first by --help. */
  readonly examples: readonly string[];
  /** Returns the exit code (0 if nothing). */
  readonly run: (cli: Cli, flags: FLAGS, ...args: ARGS) => Promise<number | void>;
  /** For what must go on with a broken config: it tells of it itself, or never reads one. */
  readonly anyConfig?: true;
  readonly parameters: NoInfer<TypedCommandParameters<FLAGS, ARGS, Cli>>;
};

/** Makes a command; what it throws is reported by the context, not by the parser library. */
export function defineCommand<const FLAGS extends Readonly<Partial<Record<keyof FLAGS, unknown>>> = NonNullable<unknown>, const ARGS extends BaseArgs = []>(
  spec: Spec<FLAGS, ARGS>,
): Described {
  return {
    examples: spec.examples,
    build: (brief) =>
      buildCommand<FLAGS, ARGS, Cli>({
        parameters: spec.parameters,
        docs: { brief },
        async func(this: Cli, flags: FLAGS, ...args: ARGS) {
          try {
            // A slip in a config must not wait for the one command that happens to read the key.
            if (!spec.anyConfig) await this.config();
            this.settle({ code: (await spec.run(this, flags, ...args)) ?? 0 });
          } catch (error) {
            this.settle({ error });
          }
        },
      }),
  };
}
