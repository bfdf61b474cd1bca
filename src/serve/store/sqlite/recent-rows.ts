// Rows of missions that somebody owns, used lately, each as the file has it: most reports are about one of them. Must not know SQL.
import { isOwned } from "../../../mission/model.ts";
import type { MissionRow } from "./rows.ts";

/** So many at least, and twice as many at most, about 1 KB each. */
const MANY = 2_048;

/** Rows by mission id. Whoever changes a row in the file without having it from here says so with `forget`. */
export class RecentRows {
  #young = new Map<string, MissionRow>();
  /** What was young before: what is used again becomes young, the rest leaves at once. */
  #old = new Map<string, MissionRow>();

  get(id: string): MissionRow | undefined {
    return this.#young.get(id) ?? this.keep(this.#old.get(id));
  }
  /** Answers with the row it was given. One that waits or has ended is not kept: little is said of it, and its result may be long. */
  keep<R extends MissionRow | undefined>(row: R): R {
    if (!row) return row;
    if (isOwned(row.state)) this.#young.set(row.id, row);
    else this.forget(row.id);
    if (this.#young.size > MANY) [this.#old, this.#young] = [this.#young, new Map()];
    return row;
  }
  /** One row, or all: the file is asked again. */
  forget(id?: string): void {
    for (const rows of [this.#young, this.#old]) {
      if (id === undefined) rows.clear();
      else rows.delete(id);
    }
  }
}
