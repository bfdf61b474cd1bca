// docs/schema/: what editors check the files of a bundle against: its manifest, mcp.json and the front matter of each kind.
// Must not read the disk.
import { z } from "zod";
import { BEHAVIOR_EVENTS, type Kind, KINDS, ONE_OF, TOOL_CLASSES } from "../../src/context/model.ts";
import { ownManifest } from "../../src/context/parse/manifest.ts";
import { mcpServer } from "../../src/context/parse/mcp.ts";
import { FILE_NAME } from "../../src/context/parse/names.ts";

const text = (what: string) => z.string().describe(what);
const words = (what: string) => z.union([z.string(), z.array(z.string())]).describe(what);
const globs = words("Files that it is for: loaded only with those that match").optional();
const listOf = <T extends string>(known: readonly [T, ...T[]], what: string) => z.union([z.enum(known), z.array(z.enum(known))]).describe(what);

/** Front matter by kind. Other keys are kept; one with a platform's id holds what is meant for that platform alone. */
export const FRONT_MATTER = {
  rule: z.looseObject({
    description: text("What it is about").optional(),
    globs,
    paths: globs.describe("The same in Claude Code's words"),
    applyTo: globs.describe("The same in Copilot's words"),
    alwaysApply: z.boolean().describe("Loaded at once, whatever is worked on").optional(),
  }),
  skill: z.looseObject({
    name: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
      .max(64)
      .describe("The name of its folder")
      .optional(),
    description: text("What it does and when to use it; agents choose by it").min(1).max(1_024),
    license: text("Its license").optional(),
    compatibility: text("What it needs").optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    "allowed-tools": words("Tools that it may use without asking").optional(),
  }),
  agent: z.looseObject({
    name: text("The name of its file").optional(),
    description: text("When to call it").min(1),
    tools: words("Tools that it may use, by Claude Code's names; all without this, none if it is empty").optional(),
    model: text("reasoning, coding, fast, or an id of a model").optional(),
  }),
  command: z.looseObject({
    description: text("What it does").optional(),
    "argument-hint": words("What to type after its name").optional(),
  }),
  behavior: z.looseObject({
    name: text("The name of its folder").optional(),
    description: text("What it does").optional(),
    on: listOf(BEHAVIOR_EVENTS, "Events at which it runs"),
    run: z.array(z.string()).min(1).describe("Program and arguments; a file of the folder, or the name of a program"),
    tools: listOf(TOOL_CLASSES, "Only around these tools; with tool.before and tool.after").optional(),
    timeout: z.number().gt(0).max(3_600).describe("Seconds").optional(),
  }),
} as const satisfies Partial<Record<Kind, z.ZodType>>;

const page = (title: string, schema: z.ZodType): string => `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: "input" }) }, undefined, 2)}\n`;

const FILES: readonly (readonly [name: string, title: string, schema: z.ZodType])[] = [
  ["bundle", "bundle.jsonc", ownManifest],
  ["mcp", "mcp.json", z.looseObject({ mcpServers: z.record(z.string().regex(FILE_NAME), mcpServer) })],
  ...KINDS.flatMap((kind) => (kind === "mcp" ? [] : [[kind, `Front matter of ${ONE_OF[kind]}`, FRONT_MATTER[kind]] as const])),
];

/** Path and text of each. */
export const BUNDLE_SCHEMAS: readonly { readonly path: string; readonly generate: () => string }[] = FILES.map(([name, title, schema]) => ({
  path: `docs/schema/${name}.schema.json`,
  generate: () => page(title, schema),
}));
