// What is watched is what was asked for last, also of two that ask at once; whatever goes while it is read does not hold anything up.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchFiles } from "./watch-files.ts";

function ground(): { readonly a: string; readonly b: string; readonly leaving: AbortController; readonly watching: ReturnType<typeof watchFiles> } {
  const root = mkdtempSync(join(tmpdir(), "aiwg-watch-"));
  const [a, b] = [join(root, "a"), join(root, "b")];
  for (const folder of [a, b]) mkdirSync(folder);
  const leaving = new AbortController();
  const watching = watchFiles(() => false, leaving.signal);
  onTestFinished(async () => {
    leaving.abort();
    await watching.close();
    rmSync(root, { recursive: true });
  });
  return { a, b, leaving, watching };
}

test("of two that ask at once only the later one's folders are watched", async () => {
  const { a, b, watching } = ground();
  await Promise.all([watching.only([a]), watching.only([b])]);
  writeFileSync(join(a, "x"), "1");
  writeFileSync(join(b, "y"), "1");
  expect(await watching.changed()).toEqual([join(b, "y")]);
});

test("folders that are not there, or go at once, are watched once they are; a signal ends all waiting", async () => {
  const { a, b, leaving, watching } = ground();
  const first = watching.only([a, b]);
  rmSync(a, { recursive: true });
  await first;
  mkdirSync(a);
  expect(await watching.changed()).toContain(a);
  const waiting = watching.changed();
  leaving.abort();
  expect(await waiting).toEqual([]);
});
