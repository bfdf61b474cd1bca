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
