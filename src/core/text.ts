// Text from outside made safe or comparable: control characters, near misses, cutting. Must not print anything.

// C0 but tab and newline, DEL, C1, and the bidi controls that can make text read as something else.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text with control characters (and so terminal escapes) shown as U+FFFD: inert on any terminal. */
export function inert(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNSAFE, "\uFFFD");
}

/** JSON text that means the same and is inert: what JSON lets stand as it is becomes an escape. */
export function inertJson(json: string): string {
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One line of at most `max` characters; says with an ellipsis that something was cut. */
export function oneLine(text: string, max = 120): string {
  const line = inert(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** One line of at most `max` characters: the beginning and the end of a longer one. */
export function ends(text: string, max: number): string {
  const line = oneLine(text, Infinity);
  if (line.length <= max) return line;
  const half = Math.floor((max - 3) / 2);
  return `${line.slice(0, half)} … ${line.slice(-half)}`;
}

/** "512 B", "12 KiB", "3.4 MiB": for people. */
export function humanBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${["B", "KiB", "MiB", "GiB", "TiB"][power] ?? "B"}`;
}

/** Edit distance in which a swapped pair of letters counts once (optimal string alignment), for short words. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
      next[j] = swapped ? Math.min(cost, (before[j - 2] ?? 0) + 1) : cost;
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word nearest to `word`, if near enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, d: distance(word.toLowerCase(), name.toLowerCase()) })).toSorted((a, b) => a.d - b.d);
  const best = ranked[0];
  return best && best.d <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

/** A whole number in groups of three, as in 12,345; what `Intl` gives takes longer to load than all else that is printed. */
export function grouped(n: number): string {
  return String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
