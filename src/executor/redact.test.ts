import fc from "fast-check";
import { expect, test } from "vitest";
import { createRedactor, spellings } from "./redact.ts";

const secretText = fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).filter((text) => !text.includes("[redacted]") && text.trim().length >= 8);

test("no spelling of a secret survives, however the stream is cut into chunks", () => {
  fc.assert(
    fc.property(secretText, fc.nat(), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), fc.string(), (secret, pick, cuts, noise) => {
      const forms = spellings(secret);
      const form = forms[pick % forms.length] ?? "";
      const text = `${noise} ${form} ${noise}${form}`;
      const stream = createRedactor([secret]).stream();
      let shown = "";
      for (let at = 0, i = 0; at < text.length; i++) {
        const next = at + (cuts[i % cuts.length] ?? 1);
        shown += stream.write(text.slice(at, next));
        at = next;
      }
      shown += stream.end();
      expect(shown).not.toContain(form);
    }),
    { numRuns: 300 },
  );
});

test("base64 of a secret is found wherever it stands in the encoded text", () => {
  const secret = "correct horse battery";
  const { all } = createRedactor([secret]);
  for (const before of ["", "a", "ab", "abc"]) {
    const encoded = Buffer.from(`${before}${secret}after`).toString("base64");
    const rest = Buffer.from(all(encoded).replaceAll("[redacted]", ""), "base64").toString("latin1");
    expect(all(encoded)).toContain("[redacted]");
    expect(rest).not.toContain("horse");
  }
});

test("a secret in a form or in HTML is found, as whichever program wrote it", () => {
  const secret = `s3cr3t"+/pa<ss word'&9%Z!~`;
  const { all } = createRedactor([secret]);
  const form = new URLSearchParams({ a: secret }).toString();
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const spelled = [
    ...[form, form.replaceAll("+", "%20"), form.replaceAll(/%../g, (code) => code.toLowerCase())],
    ...[html, html.replaceAll('"', "&quot;"), html.replaceAll('"', "&quot;").replaceAll("'", "&#x27;"), html.replaceAll('"', "&#34;").replaceAll("'", "&#39;")],
    JSON.stringify(secret).replaceAll("<", "\\u003c").replaceAll("&", "\\u0026"),
  ];
  for (const text of spelled) expect(all(text).replaceAll(/^a=|"/g, "")).toBe("[redacted]");
});

test("JSON within JSON within JSON is found, whichever program wrote which of them", () => {
  const secret = 's3cr"et/+&v\\al ue=é#1';
  const { all } = createRedactor([secret]);
  const ascii = (json: string): string => json.replaceAll(/[^\u0000-\u007e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const programs: readonly ((value: unknown) => string)[] = [
    JSON.stringify,
    (value) => ascii(JSON.stringify(value)),
    (value) => ascii(JSON.stringify(value)).replaceAll("/", "\\/"),
    (value) => JSON.stringify(value).replaceAll("&", "\\u0026"),
  ];
  for (const inner of programs)
    for (const middle of programs)
      for (const outer of programs) {
        const texts = [inner(secret), middle({ a: inner(secret) }), outer({ b: middle({ a: inner(secret) }) })];
        for (const text of texts) expect(all(text)).toMatch(/^[^#é=]*\[redacted\][^#é=]*$/);
      }
});

test("text without secrets passes through a stream unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (chunks) => {
      const stream = createRedactor(["a-secret-of-ours"]).stream();
      expect(chunks.map((chunk) => stream.write(chunk)).join("") + stream.end()).toBe(chunks.join(""));
    }),
  );
});

test("values too short to be told from ordinary text are left alone", () => {
  expect(createRedactor(["abc"]).all("abc abc")).toBe("abc abc");
});

test("an encoded secret that is broken into lines is found, in one piece and in a stream, also in a diff", () => {
  const secret = "an-api-key-that-is-rather-long-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789";
  const { all, stream } = createRedactor([secret]);
  for (const before of ["", "x", "some words before "]) {
    const text = `${Buffer.from(`${before}${secret}${before}`).toString("base64").replaceAll(/.{76}/g, "$&\n")}\nafter\n`;
    for (const shown of [all(text), all(`+${text.replaceAll("\n", "\n+")}`)]) {
      expect(shown).toContain("[redacted]");
      expect(shown.replaceAll(/\n\+?/g, "")).not.toContain(Buffer.from(secret).toString("base64").slice(20, 40));
      expect(shown).toMatch(/after\n\+?$/);
    }
    const reader = stream();
    const shown =
      Array.from(text)
        .map((character) => reader.write(character))
        .join("") + reader.end();
    expect(shown).toBe(all(text));
  }
});

test("a secret that begins another one does not let the rest of it through", () => {
  const { stream } = createRedactor(["first-part", "first-part-and-more"]);
  const reader = stream();
  expect(reader.write("a first-part") + reader.write("-and-more b") + reader.end()).toBe("a [redacted] b");
});

test("each long line of a secret of several lines is one, and a named secret may be short", () => {
  const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nshort\n";
  expect(createRedactor([key]).all("+MIIEvQIBADANBgkqhkiG\n+short\n")).toBe("+[redacted]\n+short\n");
  expect(createRedactor([], ["7391"]).all("pin 7391")).toBe("pin [redacted]");
});

test("the end of a line is not held back for a secret that merely begins with its last letter", () => {
  const secret = "0123456789-abcdef";
  const last = Buffer.from(secret).toString("base64").charAt(0);
  expect(createRedactor([secret]).stream().write(`words ${last}\n`)).toBe(`words ${last}\n`);
});
