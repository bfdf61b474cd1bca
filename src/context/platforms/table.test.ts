import { describe, expect, test } from "vitest";
import type { Target } from "../platform.ts";
import { GROUPS, platformOf, platformsNamed, PLATFORMS } from "./table.ts";
import type { Platform } from "../platform.ts";

const ROWS: readonly Platform[] = PLATFORMS;
const targets = ROWS.flatMap((row) =>
  (["project", "user"] as const).flatMap((scope) =>
    Object.entries<readonly Target[]>(row[scope]).flatMap(([kind, list]) =>
      list.map((target) => ({ where: `${row.id} ${scope} ${kind} ${target.path}`, target })),
    ),
  ),
);

describe("platforms", () => {
  test("stand once each, sorted by id, which no group has as its name", () => {
    const ids = ROWS.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids.filter((id) => Object.keys(GROUPS).includes(id))).toEqual([]);
  });

  test("say of every cell how it is known, and with which client it was seen", () => {
    for (const { where, target } of targets) {
      expect(target.checkedOn, where).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(target.evidence !== "observed" || target.client !== undefined, where).toBe(true);
    }
  });

  test("name paths below the root only, with a name in each that is an artifact's own file and in no shared one", () => {
    for (const { where, target } of targets) {
      expect(target.path, where).not.toMatch(/^[/~]|\\|(?:^|\/)\.\.?(?:\/|$)/);
      expect(target.path.includes("{name}"), where).toBe(target.place === "file");
      expect(target.at !== undefined, where).toBe(target.place === "key");
    }
  });

  test("are found by id, in groups, once each and sorted", () => {
    expect(platformOf("codex").label).toBe("Codex CLI");
    expect(platformsNamed(["opencode", "copilot", "copilot-cli"]).map(({ id }) => id)).toEqual(["copilot-cli", "copilot-vscode", "opencode"]);
  });

  test("that do not exist are refused with the nearest name", () => {
    expect(() => platformOf("claud-code")).toThrow(expect.objectContaining({ code: "usage", hint: expect.stringContaining("claude-code") }));
    expect(() => platformsNamed(["copilto"])).toThrow(expect.objectContaining({ code: "usage", hint: expect.stringContaining("copilot") }));
    expect(() => platformOf("constructor")).toThrow(expect.objectContaining({ code: "usage" }));
  });
});
