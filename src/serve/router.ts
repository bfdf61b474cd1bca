// Finds the rows of a request path. Paths are matched as they were sent: nothing is decoded or normalised before, so no
// other spelling of a path can pass for it. Must not know what rows do.
import { AiwgError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Route } from "./route.ts";

/** A row with the raw values of its `{names}`. */
type Found = { readonly row: Route; readonly raw: Readonly<Record<string, string>> };
/** The rows of one path by method; never empty. */
export type Match = ReadonlyMap<string, Found>;

type Pattern = { readonly row: Route; readonly segments: readonly string[] };

/** The raw values if the path has the pattern's form. */
function fit(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const raw: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? "";
    if (part.startsWith("{")) raw[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return raw;
}

/** A matcher over the table; undefined where no row has the path. Of two rows for one method the more literal path wins. */
export function createRouter(table: readonly Route[]): (path: string) => Match | undefined {
  const literalFirst = table
    .map((row): Pattern => ({ row, segments: row.path.split("/") }))
    .toSorted((a, b) => a.row.path.split("{").length - b.row.path.split("{").length);
  const byLength = Map.groupBy(literalFirst, (pattern) => pattern.segments.length);
  return (path) => {
    const segments = path.split("/");
    const match = new Map<string, Found>();
    for (const { row, segments: pattern } of byLength.get(segments.length) ?? []) {
      const raw = match.has(row.method) ? undefined : fit(pattern, segments);
      if (raw) match.set(row.method, { row, raw });
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
