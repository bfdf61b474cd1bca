import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { liveServe, readServeFile, removeServeFile, writeServeFile } from "./serve-file.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  path = join(dir, "serve.json");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const URL_HERE = "http://127.0.0.1:7337";

test("what was written is read back, private and alive", () => {
  const file = writeServeFile(path, URL_HERE, 0);
  expect(file).toMatchObject({ url: URL_HERE, pid: process.pid, started_at: "1970-01-01T00:00:00.000Z" });
  expect(liveServe(path)).toEqual(file);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each([
  "",
  "{",
  "[]",
  "null",
  '{"url":7,"pid":1,"started_at":""}',
  '{"url":"x","pid":1,"started_at":"now"}',
  '{"url":"http://a","pid":-1,"started_at":"now"}',
])("%j is no serve file", (text) => {
  writeFileSync(path, text);
  expect(readServeFile(path)).toBeUndefined();
  expect(liveServe(path)).toBeUndefined();
});

test("a pid that another process has taken since is not the serve", () => {
  const file = writeServeFile(path, URL_HERE, 0);
  writeFileSync(path, JSON.stringify({ ...file, pid_start: "0" }), { mode: 0o600 });
  expect(liveServe(path)).toBeUndefined();
  expect(readServeFile(path)?.pid).toBe(process.pid);
});

test("a file that other users could have written is not believed", () => {
  writeServeFile(path, URL_HERE, 0);
  chmodSync(path, 0o666);
  expect(liveServe(path)).toBeUndefined();
});

test("removing takes away one's own file only", () => {
  const mine = writeServeFile(path, URL_HERE, 0);
  const later = writeServeFile(path, URL_HERE, 1);
  removeServeFile(path, mine);
  expect(readServeFile(path)).toEqual(later);
  removeServeFile(path, later);
  expect(existsSync(path)).toBe(false);
  removeServeFile(path, later);
  expect(existsSync(path)).toBe(false);
});
