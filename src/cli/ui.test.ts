import { expect, test } from "vitest";
import { Ui } from "./ui.ts";

function written(isTTY: boolean, json: boolean): string {
  let text = "";
  const stream = { isTTY, write: (part: string) => void (text += part) };
  const ui = new Ui({ json, color: undefined, input: true, yes: false }, {}, { stdout: { write: () => undefined }, stderr: stream, stdinTty: isTTY });
  ui.progress("1 KiB\u001b[31m");
  ui.progress("");
  return text;
}

test("progress is a line that goes again, and only on a terminal", () => {
  expect(written(true, false)).toBe("\r\u001b[2K1 KiB\uFFFD[31m\r\u001b[2K");
  expect([written(false, false), written(true, true), written(false, true)]).toEqual(["", "", ""]);
});
