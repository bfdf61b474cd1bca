// bench/RESULTS.md: one section a part, each with when and how it was measured; a part measured anew replaces its own.
// Must not measure.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";

const PATH = join(import.meta.dirname, "RESULTS.md");
const INTRO = `# Figures

Written by \`npm run bench\`; \`npm run bench -- NAME\` measures one part and replaces its section. Medians, the least and the greatest in brackets.
Sides of a ratio were measured in turns in one run, and the ratio is the median of the turns'. Compare ratios; absolutes belong to the machine and its load.
`;

/** The one-minute load average, as text. */
export const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

/** What was measured on. */
export const machine = (): string =>
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown processor"}`;

/** Replaces or adds the section of a part, keeping the order of `names`. */
export function writeSection(name: string, text: string, names: readonly string[]): void {
  const old = existsSync(PATH) ? readFileSync(PATH, "utf8") : "";
  const sections = new Map(
    old
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split("\n")[0] ?? "", section.slice(section.indexOf("\n") + 1).trim()]),
  );
  sections.set(name, text);
  const kept = names.flatMap((known) => (sections.has(known) ? [`## ${known}\n\n${sections.get(known) ?? ""}\n`] : []));
  writeFileSync(PATH, [INTRO, ...kept].join("\n"));
}
