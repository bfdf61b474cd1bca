// Rows used lately, each as the file has it, so that most operations read nothing. Must not know SQL.

/** So many at least, and twice as many at most; a mission's takes about 1 KB. */
const MANY = 2_048;

/** Rows by id. Whoever changes a row in the file without having it from here says so with `forget`. */
export class RecentRows<Row extends { readonly id: string }> {
  readonly #isKept: (row: Row) => boolean;
  #young = new Map<string, Row>();
  /** What was young before: what is used again becomes young, the rest leaves at once. */
  #old = new Map<string, Row>();

  /** `isKept`: of which rows much is still said. */
  constructor(isKept: (row: Row) => boolean) {
    this.#isKept = isKept;
  }

  get(id: string): Row | undefined {
    return this.#young.get(id) ?? this.keep(this.#old.get(id));
  }
  /** Answers with the row it was given. */
  keep<R extends Row | undefined>(row: R): R {
    if (!row) return row;
    if (this.#isKept(row)) this.#young.set(row.id, row);
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
