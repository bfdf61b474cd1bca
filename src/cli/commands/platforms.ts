// `aiwg platforms`: which tools aiwg can deploy to, which kinds each of them reads, and how we know.
import { detectPlatforms } from "../../context/detect.ts";
import { KINDS } from "../../context/model.ts";
import type { Platform, ScopeName, Target } from "../../context/platform.ts";
import { PLATFORMS, platformsNamed } from "../../context/platforms/table.ts";
import { type Cli, defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { ONLY_TO, type ScopeFlags, SCOPE_FLAGS } from "../scoped.ts";

const cell = (targets: readonly Target[] | undefined): string => targets?.[0]?.evidence ?? "-";

function details({ id, label, docs, note, project, user }: Platform): object {
  return { id, label, docs, ...(note !== undefined && { note }), project, user };
}

export const command = defineCommand({
  examples: ["aiwg platforms", "aiwg platforms codex", "aiwg platforms --scope user --json"],
  parameters: {
    flags: { ...SCOPE_FLAGS, to: ONLY_TO },
    positional: { kind: "tuple", parameters: [{ brief: "One platform, with the places it reads", parse: text, placeholder: "platform", optional: true }] },
  },
  async run(cli: Cli, { to, scope }: ScopeFlags, name?: string) {
    const { ui } = cli;
    const rows: readonly Platform[] = name !== undefined ? platformsNamed([name]) : to ? platformsNamed(to) : PLATFORMS;
    const inUse = new Set(detectPlatforms((await cli.project()).root, rows));
    ui.result("platforms", { platforms: rows.map((row) => ({ ...details(row), detected: inUse.has(row.id) })) }, () => {
      if (name === undefined) {
        ui.table(
          ["PLATFORM", ...KINDS.map((kind) => kind.toUpperCase()), "USE"],
          rows.map((row) => [row.id, ...KINDS.map((kind) => cell(row[scope][kind])), inUse.has(row.id) ? "yes" : ""]),
        );
        ui.say({ text: "  observed: seen with the real client; vendor: its documentation says so; peer: other tools write there", tone: "dim" });
        return ui.next(["aiwg platforms codex"]);
      }
      for (const row of rows) showRow(cli, row, scope);
    });
  },
});

function showRow({ ui }: Cli, row: Platform, scope: ScopeName): void {
  ui.data(`${row.id}  ${row.label}  ${row.docs}`);
  if (row.note !== undefined) ui.dataLine([`  ${row.note}`]);
  for (const kind of KINDS) {
    for (const { path, at, evidence, checkedOn, client, only, gate } of row[scope][kind] ?? []) {
      const seen = `${evidence} ${checkedOn}${client === undefined ? "" : ` with ${client}`}`;
      ui.dataLine([
        `  ${kind.padEnd(9)}${path}${at === undefined ? "" : ` ${at}`}${only === undefined ? "" : ` (${only} rules)`}`,
        { text: `  ${seen}`, tone: "dim" },
      ]);
      if (gate !== undefined) ui.dataLine([{ text: `           ${gate}`, tone: "dim" }]);
    }
  }
}
