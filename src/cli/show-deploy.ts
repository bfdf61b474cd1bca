// What a deploy says to people and programs: the changes, what is left out and why, what is lost on the way, what it costs.
// Must not decide or write anything.
import type { Deployment } from "../context/deploy.ts";
import { diagnosticText } from "../context/model.ts";
import type { Change, Fidelity, TokenCost } from "../context/output.ts";
import { grouped } from "../core/text.ts";
import type { Cell, Tone, Ui } from "./ui.ts";

const LOOKS: Readonly<Record<Change["op"], readonly [glyph: string, tone: Tone]>> = {
  create: ["+", "good"],
  update: ["~", "busy"],
  delete: ["-", "warn"],
  adopt: ["=", "dim"],
  record: ["=", "dim"],
  conflict: ["!", "bad"],
  keep: ["·", "dim"],
};

// More than this nobody reads; --json has all.
const MAX_LINES = 40;

/** Changes as programs get them (contract §5). */
export function changesJson(changes: readonly Change[]): readonly object[] {
  return changes.map(({ op, path, at, owners, reason }) => ({ op, path, ...(at === null ? {} : { at }), owners, ...(reason === null ? {} : { reason }) }));
}

/** Diagnostics as programs get them. */
export function diagnosticsJson({ diagnostics, conflicts }: Pick<Deployment, "diagnostics" | "conflicts">): readonly object[] {
  const bare = (kind: string) => (one: Deployment["diagnostics"][number]) => ({
    severity: kind === "conflict" ? "conflict" : one.severity,
    path: one.path,
    line: one.line,
    message: one.message,
    ...(one.risk && { risk: true }),
  });
  return [...diagnostics.map(bare("diagnostic")), ...conflicts.map(bare("conflict"))];
}

// Each way out of a conflict begins with the command to type.
const WAY_OUT = /[;,] (?=aiwg [a-z]+ )/;

function changeLine({ op, path, at, owners }: Change): Cell[] {
  const [glyph, tone] = LOOKS[op];
  const artifacts = [...new Set(owners.map(([, , artifact]) => artifact))];
  const shown = artifacts.length > 3 ? [...artifacts.slice(0, 3), `${artifacts.length - 3} more`] : artifacts;
  return [{ text: `${glyph} ${op.padEnd(8)} `, tone }, `${path}${at === null ? "" : ` ${at}`}`, { text: `  ${shown.join(", ")}`, tone: "dim" }];
}

// What is done, not what is left alone.
const doneOf = (changes: readonly Change[]): readonly Change[] => changes.filter(({ op }) => op !== "conflict" && op !== "keep");

function showChanges(ui: Ui, changes: readonly Change[]): void {
  const told = doneOf(changes);
  for (const change of told.slice(0, MAX_LINES)) ui.dataLine(changeLine(change));
  if (told.length > MAX_LINES) ui.dataLine([{ text: `  and ${told.length - MAX_LINES} more (--json lists all)`, tone: "dim" }]);
  for (const change of changes) {
    if (change.op !== "conflict") continue;
    ui.dataLine(changeLine(change));
    const [what, ...ways] = (change.reason ?? "").split(WAY_OUT);
    if (what) ui.data(`    ${what}`);
    for (const way of ways) ui.data(`      ${way}`);
  }
}

const byProtection = (a: Fidelity, b: Fidelity): number => Number(b.protects) - Number(a.protects);

function showFidelity(ui: Ui, fidelity: readonly Fidelity[], all: boolean): void {
  const told = fidelity.filter(({ grade }) => grade !== "translated").toSorted(byProtection);
  if (told.length === 0) return;
  const protecting = told.filter(({ protects }) => protects).length;
  if (!all && protecting === 0) {
    ui.say({
      text: `  ${told.length === 1 ? "1 field does not arrive as it is; --dry-run says which" : `${told.length} fields do not arrive as they are; --dry-run lists them`}`,
      tone: "dim",
    });
    return;
  }
  for (const { platform, kind, name, field, grade, note, protects } of (all ? told : told.slice(0, protecting)).slice(0, MAX_LINES))
    ui.say({ text: protects ? "! " : "  ", tone: "warn" }, `${platform}: ${kind}/${name}: ${field} is ${grade}`, { text: `  ${note}`, tone: "dim" });
}

// More platforms than this are told as one.
const MAX_COSTS = 4;

function costText(tokens: TokenCost): string {
  const costs = Object.entries(tokens).filter(([, n]) => n > 0);
  if (costs.length <= MAX_COSTS) return costs.map(([id, n]) => `${id} ≈ ${grouped(n)} tokens`).join(", ");
  const ranked = costs.toSorted(([, a], [, b]) => b - a);
  const [most, least] = [ranked[0], ranked.at(-1)];
  if (!most || !least) return "";
  if (most[1] === least[1]) return `≈ ${grouped(most[1])} tokens on each of ${costs.length} platforms`;
  return `≈ ${grouped(least[1])} to ${grouped(most[1])} tokens on ${costs.length} platforms, most on ${most[0]} (--json lists all)`;
}

/** The plan for a person. `diff` tells what changes in a text. */
export function showDeployment(ui: Ui, deployment: Deployment, diff: ((change: Change) => string) | null): void {
  const { changes, diagnostics, conflicts, fidelity, tokens } = deployment;
  showChanges(ui, changes);
  if (diff) {
    for (const change of changes) {
      const text = diff(change);
      if (text !== "") ui.raw(text.endsWith("\n") ? text : `${text}\n`);
    }
  }
  for (const one of conflicts) ui.say({ text: "! ", tone: "bad" }, diagnosticText(one));
  for (const one of diagnostics)
    ui.say(
      { text: one.severity === "error" ? "✗ " : one.severity === "warn" ? "! " : "  ", tone: one.severity === "error" ? "bad" : "warn" },
      diagnosticText(one),
    );
  showFidelity(ui, fidelity, diff !== null);
  const costs = costText(tokens);
  // Where nothing is done it is what it was.
  if (costs !== "" && (diff || doneOf(changes).length > 0)) ui.say({ text: `  always loaded: ${costs}`, tone: "dim" });
}

/** "12 created, 1 updated", of what was or would be written; "" for nothing. */
export function summary(changes: readonly Change[]): string {
  const words: readonly (readonly [Change["op"], string])[] = [
    ["create", "created"],
    ["update", "updated"],
    ["delete", "deleted"],
    ["adopt", "adopted"],
    ["record", "recorded"],
    ["keep", "kept"],
    ["conflict", "in conflict"],
  ];
  return words
    .map(([op, word]) => [changes.filter((change) => change.op === op).length, word] as const)
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${n} ${word}`)
    .join(", ");
}
