import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSource } from "./source.ts";

let dir = "";
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-")));
  mkdirSync(join(dir, "work", "team"), { recursive: true });
  mkdirSync(join(dir, "home", "mine"), { recursive: true });
  symlinkSync("team", join(dir, "work", "link"));
  symlinkSync("loop", join(dir, "work", "loop"));
  writeFileSync(join(dir, "work", "file"), "");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (text: string): ReturnType<typeof openSource> => openSource(text, { base: join(dir, "work"), home: join(dir, "home"), cwd: join(dir, "work") });

test("a folder is opened as its real path and shown from the working folder", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["./team", "work/team", "team"],
    ["./team/", "work/team", "team"],
    [".", "work", "."],
    ["../home/mine", "home/mine", join(dir, "home/mine")],
    ["~/mine", "home/mine", join(dir, "home/mine")],
    ["~", "home", join(dir, "home")],
    [join(dir, "work/team"), "work/team", "team"],
    ["./link", "work/team", "link"],
  ];
  for (const [text, folder, shown] of cases) expect(open(text)).toEqual({ folder: join(dir, folder), shown });
});

test("what is no folder is refused with what to do", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["./none", "not_found", /there is no folder none/],
    ["./file/x", "not_found", /there is no folder/],
    ["./file", "usage", /file is not a folder/],
    ["./loop", "usage", /leads back to itself/],
    [`./${"x".repeat(5_000)}`, "usage", /too long/],
    ["./a\0b", "usage", /holds a control character/],
  ];
  for (const [text, code, message] of cases) expect(() => open(text)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

test("what is not understood is refused with the forms that are", () => {
  for (const text of ["team", "~other/x", "", "C:\\x"])
    expect(() => open(text)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("is not understood"), hint: expect.stringContaining("./folder") }),
    );
  expect(() => open("team")).toThrow(expect.objectContaining({ hint: expect.stringContaining("write ./team") }));
});
