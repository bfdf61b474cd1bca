// A change as a unified diff, for people. Pure but for the texts, which a change reads when they are asked for.
import { createTwoFilesPatch } from "diff";
import type { Change } from "../output.ts";

const nameOf = ({ path, at }: Change): string => (at === null ? path : `${path} (${at})`);

/** Unified diff of one change with three lines around; "" where nothing is written, one line for what is not text. */
export function diffText(change: Change): string {
  if (change.op !== "create" && change.op !== "update" && change.op !== "delete") return "";
  const name = nameOf(change);
  const before = change.op === "create" ? "" : change.before;
  const after = change.op === "delete" ? "" : change.after;
  if (before === null || after === null) return `${name}: not text; ${change.op}\n`;
  if (before === after) return `${name}: only its permissions change\n`;
  const patch = createTwoFilesPatch(change.op === "create" ? "/dev/null" : `a/${name}`, change.op === "delete" ? "/dev/null" : `b/${name}`, before, after);
  return patch.slice(patch.indexOf("\n") + 1);
}
