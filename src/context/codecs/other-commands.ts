// Codecs: a command in dialects that are not Markdown: Gemini CLI's TOML, goose's recipes.
import type { ArtifactOf, Encoded } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { codecOf } from "./codec.ts";
import { withArguments } from "./command-file.ts";
import { fileOf, keepKnown, tidyText, yamlOf } from "./front-matter.ts";
import { tomlOf, tomlText } from "./toml.ts";

const NONE: ReadonlySet<string> = new Set();

function lossesOf({ extra, argumentHint }: ArtifactOf<"command">): FieldLoss[] {
  const { losses } = keepKnown(extra, NONE);
  return argumentHint === null ? [...losses] : [...losses, { field: "argument-hint", grade: "unsupported", note: "has no place here" }];
}

export const geminiCommand = codecOf("command", (command, { override }): Encoded => {
  const { body = command.body, losses } = withArguments(command.body, "{{args}}");
  const { description = command.description, prompt, ...others } = override;
  const text = typeof prompt === "string" ? prompt : tidyText(body);
  const file = fileOf(
    `${description === null ? "" : tomlOf({ description })}prompt = ${tomlText(text)}\n${Object.keys(others).length > 0 ? tomlOf(others) : ""}`,
  );
  return { as: "files", files: [file], losses: [...lossesOf(command), ...losses] };
});

/** A recipe has named parameters; ours is one that may be left out. */
export const gooseRecipe = codecOf("command", (command, { override }): Encoded => {
  const { body = command.body, losses } = withArguments(command.body, "{{ arguments }}");
  const recipe = {
    version: "1.0.0",
    title: command.name,
    description: command.description ?? `The command ${command.name}`,
    prompt: tidyText(body),
    ...(losses.length > 0 && {
      parameters: [{ key: "arguments", input_type: "string", requirement: "optional", default: "", description: command.argumentHint ?? "Arguments" }],
    }),
    ...override,
  };
  // A hint stands with the parameter.
  const lost = losses.length > 0 ? keepKnown(command.extra, NONE).losses : lossesOf(command);
  return { as: "files", files: [fileOf(yamlOf(recipe))], losses: [...lost, ...losses] };
});
