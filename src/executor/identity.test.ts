import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identityFor } from "./identity.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("a secret is minted once per serve and kept private", () => {
  const first = identityFor(dir, "http://127.0.0.1:7337", "serve-1");
  const again = identityFor(dir, "http://127.0.0.1:7337", "serve-1");
  expect(first.isNew).toBe(true);
  expect(again).toEqual({ ...first, isNew: false });
  expect(statSync(join(dir, first.key, "identity.json")).mode & 0o777).toBe(0o600);
});

test("a local serve on another port is the same serve; another store there is not", () => {
  const first = identityFor(dir, "http://127.0.0.1:7337", "serve-1");
  expect(identityFor(dir, "http://127.0.0.1:9999", "serve-1").secret).toBe(first.secret);
  expect(identityFor(dir, "http://127.0.0.1:9999", "serve-2").secret).not.toBe(first.secret);
});

test("a serve elsewhere that claims to be ours does not get our secret", () => {
  const local = identityFor(dir, "http://127.0.0.1:7337", "serve-1");
  const remote = identityFor(dir, "https://serve.example", "serve-1");
  expect(remote.secret).not.toBe(local.secret);
  expect(identityFor(dir, "https://other.example", "serve-1").secret).not.toBe(remote.secret);
});

test("a serve that does not tell its id is known by its origin, and recognised when it tells", () => {
  const first = identityFor(dir, "https://serve.example", null);
  expect(identityFor(dir, "https://serve.example", "serve-1").secret).toBe(first.secret);
  expect(identityFor(dir, "https://serve.example", null).secret).toBe(first.secret);
});
