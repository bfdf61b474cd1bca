// Blocks of shared files: the parts of one bundle in one file put together, and what does not fit left out. Pure.
import { type BlockSyntax, markerBytes } from "../edit/block.ts";
import type { PersonsFile } from "../facts.ts";
import { grouped } from "../../core/text.ts";
import { artifactId, type Artifact, type Diagnostic } from "../model.ts";
import type { Owner } from "../output.ts";

/** One artifact's part of a block. */
export type BlockPart = {
  readonly artifact: Artifact;
  readonly path: string;
  readonly text: string;
  readonly syntax: BlockSyntax;
  readonly claims: readonly string[];
  readonly owners: readonly Owner[];
  readonly limit: number | null;
  readonly limitedBy: readonly string[];
};

/** A whole block, its parts in order. */
export type Block = {
  readonly path: string;
  readonly bundle: string;
  readonly syntax: BlockSyntax;
  readonly text: string;
  readonly limit: number | null;
  readonly parts: readonly BlockPart[];
};

/** An artifact of several bundles stands in the first one's block. */
const bundleOf = ({ artifact }: BlockPart): string => artifact.bundles[0] ?? "";

const isScoped = ({ artifact }: BlockPart): boolean => artifact.kind === "rule" && artifact.globs.length > 0 && !artifact.always;

/** The order in which parts stand, and from whose end those go that do not fit: always loaded ones first, then by bundle and name. */
function byOrder(a: BlockPart, b: BlockPart): number {
  if (isScoped(a) !== isScoped(b)) return isScoped(a) ? 1 : -1;
  if (bundleOf(a) !== bundleOf(b)) return bundleOf(a) < bundleOf(b) ? -1 : 1;
  return a.artifact.name < b.artifact.name ? -1 : 1;
}

/** One block per file and bundle. `persons` has the sizes of what else is in the files. */
export function assembleBlocks(
  parts: readonly BlockPart[],
  persons: ReadonlyMap<string, PersonsFile>,
): { readonly blocks: readonly Block[]; readonly leftOut: readonly BlockPart[]; readonly diagnostics: readonly Diagnostic[] } {
  const byPath = Map.groupBy(parts.toSorted(byOrder), ({ path }) => path);
  const diagnostics: Diagnostic[] = [];
  const leftOut: BlockPart[] = [];
  const blocks = [...byPath].flatMap(([path, inFile]) => {
    const limits = inFile.flatMap(({ limit }) => limit ?? []);
    const limit = limits.length === 0 ? null : Math.min(...limits);
    const fitting = inFile.slice(0, fittingCount(inFile, limit, persons.get(path)));
    for (const part of inFile.slice(fitting.length)) {
      leftOut.push(part);
      diagnostics.push({
        severity: "error",
        path,
        line: null,
        message: `${artifactId(part.artifact)} does not fit: ${limitText(inFile, limit)}. Shorten it, or scope rules to files.`,
      });
    }
    return [...Map.groupBy(fitting, bundleOf)].map(([bundle, own]) => blockOf(path, bundle, own, limit));
  });
  return { blocks, leftOut, diagnostics };
}

// Whose limit it is, and who shares the file and so gets no more.
function limitText(parts: readonly BlockPart[], limit: number | null): string {
  const strict = [...new Set(parts.flatMap((part) => (part.limit === limit ? part.limitedBy : [])))].toSorted();
  const others = [...new Set(parts.flatMap(({ owners }) => owners.map(([platform]) => platform)))].filter((id) => !strict.includes(id)).toSorted();
  const shared = others.length === 0 ? "" : `, which ${others.join(", ")} ${others.length === 1 ? "shares" : "share"}`;
  return `${strict.join(", ")} ${strict.length === 1 ? "reads" : "read"} ${grouped(limit ?? 0)} bytes of this file${shared}`;
}

function blockOf(path: string, bundle: string, parts: readonly BlockPart[], limit: number | null): Block {
  const texts = parts.map(({ text }) => text).filter((text) => text !== "");
  return { path, bundle, syntax: parts[0]?.syntax ?? "html", text: texts.join("\n\n"), limit, parts };
}

// The order does not depend on what fits, so the longest beginning of it is what stays.
function fittingCount(parts: readonly BlockPart[], limit: number | null, person: PersonsFile | undefined): number {
  if (limit === null) return parts.length;
  const seen = new Set<string>();
  let bytes = person?.bytes ?? 0;
  for (const [i, part] of parts.entries()) {
    const bundle = bundleOf(part);
    // Two more for the empty line before a block, and two for the line ends after a part.
    if (!seen.has(bundle)) bytes += markerBytes(part.syntax, bundle) + 2;
    seen.add(bundle);
    bytes += Buffer.byteLength(part.text) + 2 + (person?.crlf === true ? part.text.split("\n").length + 5 : 0);
    if (bytes > limit) return i;
  }
  return parts.length;
}
