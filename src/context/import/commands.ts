// A client's command in our words: the dialects of codecs/command-dialects.ts turned round, Gemini CLI's TOML, goose's recipes. Pure.
import { ARGS_IN_WORDS, type CommandDialect } from "../codecs/command-dialects.ts";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../model.ts";
import type { Decode, Words } from "./decode.ts";
import { readSettings, readToml, type Translated } from "./formats.ts";

// What stands for arguments there, as ours. A text that says `$ARGUMENTS` where the client puts nothing in stays a person's.
function bodyIn(body: string, args: string | null | undefined): Translated<string> {
  if (args === undefined) return { value: body };
  if (body.includes("$ARGUMENTS")) return { refused: "it says $ARGUMENTS, which this client does not fill in and others do" };
  return { value: body.replaceAll(args ?? ARGS_IN_WORDS, () => "$ARGUMENTS") };
}

function wordsIn(data: JsonObject, body: string, args: string | null | undefined): Translated<Words> {
  const own = bodyIn(body, args);
  return "refused" in own ? own : { value: { data, body: own.value } };
}

/** Front matter and text of a command. */
export function commandIn({ fixed, args }: CommandDialect): Decode {
  return ({ data, body }) => {
    const rest = Object.entries(data).filter(([key, value]) => fixed === undefined || !isDeepStrictEqual(fixed[key], value));
    return wordsIn(Object.fromEntries(rest), body, args);
  };
}

/** A file of .gemini/commands. */
export function geminiCommandIn(text: string): Translated<Words> {
  const table = readToml(text);
  if ("refused" in table) return table;
  const { prompt, ...data } = table.value;
  return typeof prompt === "string" ? wordsIn(data, prompt, "{{args}}") : { refused: "it has no prompt" };
}

/** A recipe of goose with no parameters, or with the one that we write. */
export function gooseRecipeIn(text: string, name: string): Translated<Words> {
  const yaml = readSettings("recipe.yaml", text);
  if ("refused" in yaml) return yaml;
  const { version: _, title: __, description, prompt, parameters, ...data } = yaml.value;
  if (typeof prompt !== "string") return { refused: "it has no prompt" };
  const [only, ...more] = Array.isArray(parameters) ? parameters : [];
  const hint = only !== null && typeof only === "object" && "key" in only && only.key === "arguments" ? only.description : undefined;
  if (parameters !== undefined && (typeof hint !== "string" || more.length > 0)) return { refused: "it has parameters, of which commands of ours have one" };
  const said = {
    ...(description !== undefined && description !== `The command ${name}` && { description }),
    ...(typeof hint === "string" && hint !== "Arguments" && { "argument-hint": hint }),
  };
  return wordsIn({ ...said, ...data }, prompt, "{{ arguments }}");
}
