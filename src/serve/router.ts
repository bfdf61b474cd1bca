// Finds the rows of a request path. Paths are matched as they were sent: nothing is decoded or normalised before, so no
// other spelling of a path can pass for it. Must not know what rows do.
import { AiwgError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Route } from "./route.ts";

/** A row with the raw values of its `{names}`. */
type Found = { readonly row: Route; readonly raw: Readonly<Record<string, string>> };
/** The rows of one path by method; never empty. */
export type Match = ReadonlyMap<string, Found>;

type Part = { readonly at: number; readonly text: string };
type Pattern = { readonly row: Route; readonly length: number; readonly literals: readonly Part[]; readonly names: readonly Part[] };

function patternOf(row: Route): Pattern {
  const parts = row.path.split("/").map((text, at): Part => ({ at, text }));
  const isName = ({ text }: Part): boolean => text.startsWith("{");
  const names = parts.filter(isName).map(({ at, text }) => ({ at, text: text.slice(1, -1) }));
  return { row, length: parts.length, literals: parts.filter((part) => !isName(part)), names };
}

/** A matcher over the table; undefined where no row has the path. Of two rows for one method the more literal path wins. */
export function createRouter(table: readonly Route[]): (path: string) => Match | undefined {
  const literalFirst = table.map(patternOf).toSorted((a, b) => a.names.length - b.names.length);
  const byLength = Map.groupBy(literalFirst, ({ length }) => length);
  return (path) => {
    const segments = path.split("/");
    const match = new Map<string, Found>();
    for (const { row, literals, names } of byLength.get(segments.length) ?? []) {
      if (!literals.every(({ at, text }) => segments[at] === text) || match.has(row.method)) continue;
      match.set(row.method, { row, raw: Object.fromEntries(names.map(({ at, text }) => [text, segments[at] ?? ""])) });
    }
    return match.size > 0 ? match : undefined;
  };
}

/** The ids of a path, decoded once. Throws `invalid_request` for whatever is no id: `..`, a hidden `/`, control characters. */
export function decodeIds(raw: Readonly<Record<string, string>>): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    const id = decoded(value);
    if (id === undefined || !isId(id)) {
      throw new AiwgError("invalid_request", `${name} in the path must be 1–128 of A-Z a-z 0-9 . _ : - and neither . nor ..`);
    }
    ids[name] = id;
  }
  return ids;
}

function decoded(value: string): string | undefined {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
