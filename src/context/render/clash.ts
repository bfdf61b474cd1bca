// Outputs that cannot all stand: paths that lead out of the root, and two units that want one place. Pure.
import type { Diagnostic } from "../model.ts";
import type { Output } from "../output.ts";

/** Units that may not be written, each with what is wrong. Of two that clash neither is written: no winner by chance. */
export function findClashes(outputs: readonly Output[], caseInsensitive: boolean): ReadonlyMap<string, Diagnostic> {
  const bad = new Map<string, Diagnostic>();
  const places = new Map<string, Output>();
  const names = new Map<string, Output>();
  const clash = (one: Output, other: Output, why: string): void => {
    for (const unit of [one.unit, other.unit])
      bad.set(unit, { severity: "error", path: one.path, line: null, message: `${why}: ${unitText(one)} and ${unitText(other)}` });
  };
  for (const output of outputs) {
    const key = `${output.path}\n${output.at ?? ""}`;
    const same = places.get(key);
    if (same === undefined) places.set(key, output);
    else clash(same, output, "two want this place");
    if (!caseInsensitive) continue;
    for (let end = output.path.length; end !== -1; end = output.path.lastIndexOf("/", end - 1)) {
      const name = output.path.slice(0, end);
      const other = names.get(name.toLowerCase());
      if (other === undefined) names.set(name.toLowerCase(), output);
      else if (other.path.slice(0, end) !== name) clash(other, output, "this disk takes these names for one");
      else if (end < output.path.length) break;
    }
  }
  return bad;
}

const unitText = ({ owners, path }: Output): string => `${owners[0]?.[2] ?? path} (${path})`;
