// The only writer to the terminal: data on stdout, everything else on stderr; colour, glyphs, hints and JSON envelopes.
// Must not know any command.
import { styleText } from "node:util";
import { AiwgError, ERRORS, isAiwgError, messageOf } from "../core/errors.ts";
import { diskFault } from "../core/node/fs.ts";
import { inert, inertJson, oneLine } from "../core/text.ts";

/** Flags that every command accepts. */
export type Globals = { readonly json: boolean; readonly color: boolean | undefined; readonly input: boolean; readonly yes: boolean };

/** What the writer needs of a stream of the process. */
export type Output = { readonly isTTY?: boolean | undefined; write(text: string): unknown };

export type Tone = "good" | "bad" | "warn" | "busy" | "dim" | "plain";
const COLOURS = { good: "green", bad: "red", warn: "yellow", busy: "cyan", dim: "dim" } as const;

// Never colour alone: each state has a glyph and its word.
const LOOKS: Readonly<Record<string, readonly [glyph: string, tone: Tone]>> = {
  pending: ["·", "dim"],
  sent: ["→", "dim"],
  queued: ["○", "dim"],
  assigned: ["◌", "busy"],
  running: ["●", "busy"],
  paused: ["‖", "warn"],
  hitl_required: ["?", "warn"],
  suspended: ["◇", "warn"],
  done: ["✓", "good"],
  failed: ["✗", "bad"],
  aborted: ["⊘", "warn"],
};

export type Cell = string | { readonly text: string; readonly tone: Tone };

/** Exit code of an error; anything that is not ours is an internal one. */
export function exitCodeOf(error: unknown): number {
  return isAiwgError(error) ? ERRORS[error.code].exit : ERRORS.internal.exit;
}

const MAX_HINTS = 3;
// So many wrong places fit a screen; --json has all.
const MAX_ISSUES = 20;

// A full disk shows at once where stdout is a file; that is no bug of ours.
function writeOut(out: Output, text: string): void {
  try {
    out.write(text);
  } catch (error) {
    throw new AiwgError("output_failed", `stdout cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** One command's way to the terminal. */
export class Ui {
  readonly json: boolean;
  /** True if a person can be asked. */
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly #out: Output;
  readonly #err: Output;
  readonly #color: { readonly out: boolean; readonly err: boolean };

  constructor(
    globals: Globals,
    env: Readonly<Record<string, string | undefined>>,
    streams: { readonly stdout: Output; readonly stderr: Output; readonly stdinTty: boolean },
  ) {
    this.json = globals.json;
    this.#out = streams.stdout;
    this.#err = streams.stderr;
    this.tty = streams.stderr.isTTY === true && env["TERM"] !== "dumb";
    this.interactive = globals.input && !env["CI"] && streams.stdinTty && streams.stderr.isTTY === true;
    const off = globals.color === false || Boolean(env["NO_COLOR"]) || env["TERM"] === "dumb";
    const forced = Boolean(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0";
    this.#color = { out: !off && (forced || streams.stdout.isTTY === true), err: !off && (forced || streams.stderr.isTTY === true) };
  }

  /** Data for a program or a pipe: a line on stdout. Nothing under --json, where `result` is the only one to write there. */
  data(text: string): void {
    if (!this.json) writeOut(this.#out, `${inert(text)}\n`);
  }

  /** Like `data`, with parts in colour. */
  dataLine(cells: readonly Cell[]): void {
    if (!this.json) writeOut(this.#out, `${this.#paint(cells, this.#color.out)}\n`);
  }

  /** A line for a person, on stderr; silent under --json. */
  say(...cells: readonly Cell[]): void {
    if (!this.json) this.#err.write(`${this.#paint(cells, this.#color.err)}\n`);
  }

  /** What goes on, on a terminal only: each text takes the place of the one before, and "" takes it away. */
  progress(text: string): void {
    if (this.tty && !this.json) this.#err.write(`\r\u001b[2K${inert(text)}`);
  }

  /** A warning, also under --json: stderr is not the answer. */
  warn(text: string): void {
    this.#err.write(`${this.#paint([{ text: "! ", tone: "warn" }, text], this.#color.err)}\n`);
  }

  /** Under --json the one object; otherwise `human` writes. `schema` is `aiwg.<thing>/1`. */
  result(thing: string, data: unknown, human: () => void): void {
    if (this.json) this.jsonLine({ schema: `aiwg.${thing}/1`, data });
    else human();
  }

  /** One line of a --jsonl stream. */
  jsonLine(value: unknown): void {
    this.jsonText(JSON.stringify(value));
  }

  /** The same of a value that is JSON already. */
  jsonText(json: string): void {
    writeOut(this.#out, `${inertJson(json)}\n`);
  }

  /** Text exactly as it is but inert, without a line end of ours: transcripts, scripts. */
  raw(text: string): void {
    writeOut(this.#out, inert(text));
  }

  /** Says what went wrong and what to do about it; returns the exit code. */
  fail(error: unknown): number {
    const fault = diskFault(error);
    const known = isAiwgError(fault) ? fault : new AiwgError("internal", messageOf(error), { cause: error });
    if (!this.json || !this.#failAsJson(known)) this.#complain(known);
    return exitCodeOf(known);
  }

  // False where stdout does not take it: stderr is what is left then.
  #failAsJson(known: AiwgError): boolean {
    const errors = known.issues.length > 0 ? { errors: known.issues } : {};
    try {
      this.#out.write(`${JSON.stringify({ error: { code: known.code, message: inert(known.message), hint: inert(known.hint), ...errors } })}\n`);
      return true;
    } catch {
      return false;
    }
  }

  // In one piece, so that what others write to the terminal meanwhile does not come in between.
  #complain({ message, issues, hint }: AiwgError): void {
    const lines = [this.#paint([{ text: "✗ ", tone: "bad" }, message], this.#color.err)];
    for (const issue of issues.slice(0, MAX_ISSUES)) lines.push(inert(`    ${issue.pointer || "/"}: ${issue.message}`));
    if (issues.length > MAX_ISSUES) lines.push(`    … and ${issues.length - MAX_ISSUES} more`);
    if (hint) lines.push(this.#paint([{ text: `  ${hint}`, tone: "dim" }], this.#color.err));
    this.#err.write(`${lines.join("\n")}\n`);
  }

  /** What a person may do next: commands, with ids filled in; at most three are shown. */
  next(commands: readonly string[]): void {
    for (const [i, command] of commands.slice(0, MAX_HINTS).entries()) this.say({ text: i === 0 ? "  next: " : "        ", tone: "dim" }, command);
  }

  /** Rows under a header, aligned, on stdout; the last column is cut to nothing only by the terminal. */
  table(header: readonly string[], rows: readonly (readonly Cell[])[]): void {
    if (this.json) return;
    const texts = [header, ...rows].map((cells) => cells.map((cell) => oneLine(typeof cell === "string" ? cell : cell.text, 400)));
    const widths = header.map((_, i) => texts.reduce((most, cells) => Math.max(most, cells[i]?.length ?? 0), 0));
    const toneOf = (row: number, i: number): Tone => {
      const cell = row === 0 ? undefined : rows[row - 1]?.[i];
      return row === 0 ? "dim" : typeof cell === "object" ? cell.tone : "plain";
    };
    const lines = texts.map((cells, row) => {
      const padded = cells.map((text, i) => (i === cells.length - 1 ? text : `${text.padEnd(widths[i] ?? 0)}  `));
      return this.#color.out
        ? this.#paint(
            padded.map((text, i) => ({ text, tone: toneOf(row, i) })),
            true,
          )
        : inert(padded.join(""));
    });
    // In one piece: a thousand small writes cost more than a thousand lines.
    writeOut(this.#out, `${lines.join("\n")}\n`);
  }

  #paint(cells: readonly Cell[], color: boolean): string {
    return cells
      .map((cell) => {
        if (typeof cell === "string") return inert(cell);
        const text = inert(cell.text);
        return color && cell.tone !== "plain" ? styleText(COLOURS[cell.tone], text, { validateStream: false }) : text;
      })
      .join("");
  }
}

/** A state as glyph and word. */
export function stateCell(state: string): Cell {
  const [glyph, tone] = LOOKS[state] ?? ["·", "plain"];
  return { text: `${glyph} ${state}`, tone };
}
