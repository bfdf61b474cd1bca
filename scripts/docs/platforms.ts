// docs/platforms.md: where each platform reads what, and how that is known, read off the rows. Must not know any platform.
import { READ_BACK } from "../../src/context/import/table.ts";
import { KINDS } from "../../src/context/model.ts";
import type { Platform, Scope, Target } from "../../src/context/platform.ts";
import { PLATFORMS } from "../../src/context/platforms/table.ts";
import { generatedFrom, markdownTable } from "./markdown.ts";

const INTRO = `Where \`aiwg deploy\` writes, the preferred place first. Where one place serves several of your platforms it is written once.

**observed**: seen with the real client of that version, alone and beside what can hide it; on 2026-11-23 only once, with the files of every other platform there too. **vendor**: the vendor's documentation says so. **peer**: other tools write there; nobody has looked.`;

const ONLY: Readonly<Record<NonNullable<Target["only"]>, string>> = {
  always: "rules that are always loaded",
  folder: "rules for all files of one folder that is there (globs: folder/**)",
  scoped: "rules with globs",
};

function placeOf({ path, at, alternatives = [], only, limit, hiddenBy = [], gate, caveat }: Target): string {
  const or = alternatives.length === 0 ? "" : ` (or ${alternatives.map((name) => `\`${name}\``).join(", ")})`;
  const notes = [
    only === undefined ? "" : ONLY[only],
    limit === undefined ? "" : `at most ${limit.toLocaleString("en-US")} bytes`,
    hiddenBy.length === 0 ? "" : `not read beside ${hiddenBy.map((name) => `\`${name}\``).join(", ")}`,
    ...new Set([gate ?? "", caveat ?? ""].map((text) => text.replace(/\.$/, ""))),
  ].filter((note) => note !== "");
  return `\`${path}\`${at === undefined ? "" : ` \`${at}\``}${or}${notes.length === 0 ? "" : `: ${notes.join("; ")}`}`;
}

const evidenceOf = ({ evidence, client, checkedOn }: Target): string => `${evidence}${client === undefined ? "" : ` (${client})`}, ${checkedOn}`;

function scopeRows(scope: Scope): string[][] {
  return KINDS.flatMap((kind) => (scope[kind] ?? []).map((target, i) => [i === 0 ? kind : "", placeOf(target), evidenceOf(target)]));
}

function section({ id, label, docs, note, project, user }: Platform): string {
  const tables = [
    ["In a project", project],
    ["For a user, below the home folder", user],
  ] as const;
  const text = tables
    .filter(([, scope]) => Object.keys(scope).length > 0)
    .map(([title, scope]) => `${title}:\n\n${markdownTable(["kind", "place", "how we know"], scopeRows(scope))}`)
    .join("\n");
  return `## ${label}\n\n\`${id}\` · <${docs}>\n\n${note === undefined ? "" : `${note}\n\n`}${text}`;
}

// Kinds with a place whose form is read back; the others stand in somebody's text, or call programs in a client's own way.
function importRows(): string[][] {
  return PLATFORMS.map((platform: Platform) => {
    const targets = KINDS.map((kind) => ({ kind, list: [...(platform.project[kind] ?? []), ...(platform.user[kind] ?? [])] }));
    const isRead = (list: readonly Target[]): boolean => list.some(({ codec }) => READ_BACK[codec].as !== "never");
    const named = (wanted: boolean): string => targets.flatMap(({ kind, list }) => (list.length > 0 && isRead(list) === wanted ? kind : [])).join(", ");
    return [`\`${platform.id}\``, named(true), named(false)];
  });
}

const IMPORT = `## What \`aiwg import\` takes over

What stands at these places and would come out of a deploy just so, byte for byte: of several places for a kind that is the one a deploy would take. A command that stands as a skill is read as the skill that it is. Rules in a shared text (\`AGENTS.md\`), servers in tables of TOML and all hooks stay yours, with a note.`;

/** The page. */
export function platformsPage(): string {
  const heads = PLATFORMS.map((platform: Platform) => [
    `\`${platform.id}\``,
    platform.label,
    ...KINDS.map(
      (kind) => (platform.project[kind] ? "project" : "") + (platform.project[kind] && platform.user[kind] ? ", " : "") + (platform.user[kind] ? "user" : ""),
    ),
  ]);
  const overview = markdownTable(["id", "platform", ...KINDS], heads);
  return `# Platforms\n\n${generatedFrom("src/context/platforms/")}\n\n${INTRO}\n\n${overview}\n${IMPORT}\n\n${markdownTable(["id", "read back", "left as it is"], importRows())}\n${PLATFORMS.map(section).join("\n")}`;
}
