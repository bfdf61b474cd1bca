// Law: a body is refused for its nesting exactly when it nests deeper than the limit, whatever its strings hold.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageOf } from "../core/errors.ts";
import { readJson } from "./body.ts";
import { LIMITS } from "./limits.ts";

let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    readJson(request, LIMITS.body, false).then(
      (value) => response.end(JSON.stringify({ value })),
      (error: unknown) => response.end(JSON.stringify({ refused: messageOf(error) })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function read(body: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return answer.json();
}

// Brackets, quotes and runs of backslashes, as text of a string.
const tricky = fc.string({ unit: fc.constantFrom('"', "\\", "\\\\", "{", "[", "]", "}", "a", "é"), maxLength: 12 });
const isList = fc.array(fc.boolean(), { minLength: LIMITS.jsonDepth - 2, maxLength: LIMITS.jsonDepth + 2 });

test("nesting is counted outside strings only", async () => {
  await fc.assert(
    fc.asyncProperty(isList, tricky, tricky, async (lists, key, text) => {
      const value = lists.reduce<unknown>((inner, list) => (list ? [text, inner] : { [`x${key}`]: text, y: inner }), text);
      expect(await read(JSON.stringify(value))).toEqual(
        lists.length > LIMITS.jsonDepth ? { refused: `the body nests deeper than ${LIMITS.jsonDepth} levels` } : { value },
      );
    }),
    { numRuns: 200 },
  );
});

test("a string without an end, or with half an escape at its end, is no JSON, however it looks", async () => {
  for (const body of ['"', '{"a', '"\\"', '"\\\\\\"', `${"[".repeat(LIMITS.jsonDepth)}"${"[".repeat(9)}`]) {
    expect(await read(body)).toEqual({ refused: "the body is not valid JSON" });
  }
});
