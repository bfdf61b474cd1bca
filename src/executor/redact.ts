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

/** Every spelling of a secret that is looked for: raw, JSON-escaped (twice too), URL-encoded, hex, base64 and base64url at any alignment. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  const everyByte = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const cores = base64Cores(bytes);
  const all = [
    ...[secret, json, JSON.stringify(json).slice(1, -1)],
    ...[url, url.replaceAll("%20", "+"), url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()), everyByte, everyByte.toUpperCase()],
    ...[bytes.toString("hex"), bytes.toString("hex").toUpperCase()],
    ...[...cores, ...cores.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"))],
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

/** Makes a redactor for these values; those shorter than 8 characters are ignored. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const patterns = [...new Set(secrets.flatMap(spellings))].toSorted((a, b) => b.length - a.length);
  if (patterns.length === 0) return { all: (text) => text, stream: () => ({ write: (chunk) => chunk, end: () => "" }) };
  const search = new RegExp(patterns.map(escapeRegExp).join("|"), "g");
  const longest = patterns[0]?.length ?? 0;
  const all = (text: string): string => text.replaceAll(search, MASK);

  // Where the longest tail begins that a secret could still grow out of.
  const openTail = (text: string): number => {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const tail = text.slice(at);
      if (patterns.some((pattern) => pattern.startsWith(tail))) return at;
    }
    return text.length;
  };

  return {
    all,
    stream() {
      let held = "";
      return {
        write(chunk) {
          const text = all(held + chunk);
          const at = openTail(text);
          held = text.slice(at);
          return text.slice(0, at);
        },
        end() {
          const rest = held;
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
