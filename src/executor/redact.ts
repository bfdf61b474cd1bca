// Replaces secrets by value, in every spelling in which they commonly appear, also across the borders of chunks.
// Must not know where secrets come from or where the text goes.
const MASK = "[redacted]";
/** Fragments shorter than this are not searched for: they would match ordinary text. */
const MIN_PATTERN = 8;

// The characters of a base64 text that depend on the secret alone, for each of the three positions it may start at.
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(first, last);
  });
}

const unicodeEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Encodings that programs break into lines: hex, base64 and base64url at any alignment. */
function wrappable(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const cores = base64Cores(bytes);
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase(), ...cores, ...cores.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"))].filter(
    (text) => text.length >= MIN_PATTERN,
  );
}

// How programs spell the two quotes in HTML; text between tags may keep them as they are.
const HTML_QUOTES = [['"', "'"], ...["'", "&#39;", "&#039;", "&#x27;", "&apos;"].map((single) => ["&quot;", single]), ["&#34;", "&#39;"]] as const;

function htmlSpellings(secret: string): string[] {
  const text = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return HTML_QUOTES.map(([double = "", single = ""]) => text.replaceAll('"', double).replaceAll("'", single));
}

/** URL-encoded: as a component, as a form (which writes a space as "+"), and all but letters and digits. */
function urlSpellings(secret: string): string[] {
  const component = encodeURIComponent(secret);
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  const all = [component, component.replaceAll("%20", "+"), form, form.replaceAll("+", "%20")];
  return [...all, ...all.map((text) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

const ascii = (json: string): string => json.replaceAll(/[^\u0000-\u007e]/g, unicodeEscape);
const slashed = (json: string): string => json.replaceAll("/", "\\/");
// What programs escape in JSON beside what they must: nothing, what is not ASCII, "/", both, what is special in HTML.
const JSON_STYLES: readonly ((json: string) => string)[] = [
  (json) => json,
  ascii,
  slashed,
  (json) => slashed(ascii(json)),
  (json) => json.replaceAll(/[<>&]/g, unicodeEscape),
];
/** A value, in what a tool printed, in a line of the agent that ran it. */
const JSON_DEPTH = 3;

/** In a JSON string, which may stand in one of another program, and so on. */
function jsonSpellings(secret: string): string[] {
  const all = new Set<string>();
  let texts: ReadonlySet<string> = new Set([secret]);
  for (let depth = 0; depth < JSON_DEPTH; depth++) {
    texts = new Set([...texts].flatMap((text) => JSON_STYLES.map((style) => style(JSON.stringify(text).slice(1, -1)))));
    for (const text of texts) all.add(text);
  }
  return [...all];
}

/** Every spelling of a secret that is looked for: raw, JSON-escaped (within JSON too), URL- and form-encoded, in HTML, hex, base64 and base64url at any alignment. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const everyByte = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const all = [
    ...[secret, ...jsonSpellings(secret), everyByte, everyByte.toUpperCase()],
    ...[...urlSpellings(secret), ...htmlSpellings(secret)],
    ...wrappable(secret),
  ];
  return [...new Set(all)].filter((text) => text.length >= MIN_PATTERN);
}

export type Redactor = {
  /** The text without secrets. */
  all(text: string): string;
  /** A stream: `write` gives what is surely safe to show, `end` the rest. */
  stream(): { write(chunk: string): string; end(): string };
};

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** So much of an encoded secret must stand before a line end to be waited for: a line's last letters are not held back for nothing. */
const MIN_BROKEN = 4;
/** Of a value of several lines (a private key) each long line is a secret too: diffs and logs put something before it. */
const LONG_LINE = 16;
const linesOf = (secret: string): string[] => (secret.includes("\n") ? secret.split(/\r?\n/).filter((line) => line.length >= LONG_LINE) : []);

const oneOf = (patterns: readonly string[]): RegExp => new RegExp(patterns.map(escapeRegExp).join("|"), "g");
type Range = { readonly from: number; readonly to: number };

function rangesOf(search: RegExp, text: string): Range[] {
  return Array.from(text.matchAll(search), (match) => ({ from: match.index, to: match.index + match[0].length }));
}

// The same in text whose line ends (and what a diff puts before the next line) are taken out.
function brokenRangesOf(search: RegExp, text: string): Range[] {
  const breaks = [...text.matchAll(/(?<=[\w+/-])\r?\n[+ -]?(?=[\w+/-])/g)];
  if (breaks.length === 0) return [];
  let joined = "";
  let last = 0;
  const shifts: { readonly at: number; readonly by: number }[] = [];
  for (const { 0: gap, index } of breaks) {
    joined += text.slice(last, index);
    last = index + gap.length;
    shifts.push({ at: joined.length, by: last - joined.length });
  }
  joined += text.slice(last);
  const back = (at: number): number => at + (shifts.findLast((shift) => shift.at <= at)?.by ?? 0);
  return rangesOf(search, joined).map(({ from, to }) => ({ from: back(from), to: back(to - 1) + 1 }));
}

/**
 * Makes a redactor. Of `guessed` values those shorter than 8 characters are ignored, since they would be found in ordinary
 * text; a `named` one is a secret because somebody said so, whatever its length.
 */
export function createRedactor(guessed: readonly string[], named: readonly string[] = []): Redactor {
  const secrets = [...new Set([...guessed.filter((secret) => secret.length >= MIN_PATTERN), ...named.filter((secret) => secret !== "")])];
  const values = secrets.flatMap((secret) => [secret, ...linesOf(secret)]);
  const patterns = [...new Set([...values, ...values.flatMap(spellings)])].toSorted((a, b) => b.length - a.length);
  if (patterns.length === 0) return { all: (text) => text, stream: () => ({ write: (chunk) => chunk, end: () => "" }) };
  const encoded = [...new Set(values.flatMap(wrappable))];
  const search = oneOf(patterns);
  const searchEncoded = encoded.length === 0 ? undefined : oneOf(encoded);
  // Twice: an encoded secret may be broken into lines.
  const longest = 2 * (patterns[0]?.length ?? 0);
  const secretsIn = (text: string): Range[] => {
    const whole = rangesOf(search, text);
    const broken = searchEncoded === undefined ? [] : brokenRangesOf(searchEncoded, text);
    return broken.length === 0 ? whole : [...whole, ...broken].toSorted((a, b) => a.from - b.from);
  };
  // What is shown of the text up to `end`, and how far that goes: no secret is cut in two.
  const mask = (text: string, end: number): { readonly shown: string; readonly to: number } => {
    let shown = "";
    let to = 0;
    for (const range of secretsIn(text)) {
      if (range.from >= end) break;
      if (range.to <= to) continue;
      shown += range.from < to ? "" : text.slice(to, range.from) + MASK;
      ({ to } = range);
    }
    return { shown: shown + text.slice(to, Math.max(end, to)), to: Math.max(end, to) };
  };
  const all = (text: string): string => mask(text, text.length).shown;

  // Where the longest tail begins that a secret could still grow out of.
  const byFirst = Map.groupBy(patterns, (pattern) => pattern.charAt(0));
  const openTail = (text: string): number => {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const alike = byFirst.get(text.charAt(at));
      if (alike === undefined) continue;
      const tail = text.slice(at);
      if (alike.some((pattern) => pattern.startsWith(tail))) return at;
      const joined = tail.replaceAll(/\r?\n|\r$/g, "");
      if (joined.length >= MIN_BROKEN && joined !== tail && encoded.some((pattern) => pattern.startsWith(joined))) return at;
    }
    return text.length;
  };

  return {
    all,
    stream() {
      let held = "";
      return {
        write(chunk) {
          const text = held + chunk;
          // What stands in the tail whole may be the beginning of a longer secret: it waits as well.
          const { shown, to } = mask(text, openTail(text));
          held = text.slice(to);
          return shown;
        },
        end() {
          const rest = all(held);
          held = "";
          return rest;
        },
      };
    },
  };
}

/** A JSON value with every string redacted. */
export function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((entry) => redactDeep(entry, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, redactDeep(entry, redact)]));
}
