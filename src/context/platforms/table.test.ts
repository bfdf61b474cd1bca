import { describe, expect, test } from "vitest";
import type { Target } from "../platform.ts";
import { GROUPS, platformOf, platformsNamed, PLATFORMS } from "./table.ts";
import type { Platform } from "../platform.ts";
import { FIXTURE } from "../../../test/context/fixture.ts";
import { CODEC_TABLE } from "../codecs/table.ts";
import type { Artifact } from "../model.ts";

const ROWS: readonly Platform[] = PLATFORMS;
const targets = ROWS.flatMap((row) =>
  (["project", "user"] as const).flatMap((scope) =>
    Object.entries<readonly Target[]>(row[scope]).flatMap(([kind, list]) =>
      list.map((target) => ({ kind, where: `${row.id} ${scope} ${kind} ${target.path}`, target })),
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
      // Cline's hooks share programs, each behavior with a script below them.
      expect(target.path.includes("{name}") || target.codec === "cline-hooks", where).toBe(target.place === "file");
      expect(target.at !== undefined, where).toBe(target.place === "key");
    }
  });

  test("are the 28 of the contract, each with somewhere to put rules or skills in a project", () => {
    expect(ROWS.length).toBe(28);
    for (const { id, project } of ROWS)
      expect(
        [project.rule?.length ?? 0, project.skill?.length ?? 0].every((count) => count > 0),
        id,
      ).toBe(true);
  });

  test("pair each kind with codecs of that kind, so that any artifact can be encoded at any of their places", () => {
    const sample = new Map<string, Artifact>(FIXTURE.map((artifact) => [artifact.kind, artifact]));
    for (const { where, kind, target } of targets) {
      const artifact = sample.get(kind);
      expect(artifact, where).toBeDefined();
      const context = { platform: "p", scope: "project", model: null, behaviorDir: ".aiwg/behaviors/b", override: {} } as const;
      expect(() => artifact && CODEC_TABLE[target.codec](artifact, context), where).not.toThrow();
    }
  });

  test("are found by id, in groups, once each and sorted", () => {
    expect(platformOf("codex").label).toBe("Codex CLI");
    expect(platformsNamed(["antigravity"]).map(({ id }) => id)).toEqual(["antigravity-cli", "antigravity-ide"]);
    expect(platformsNamed(["opencode", "copilot", "copilot-cli"]).map(({ id }) => id)).toEqual(["copilot-cli", "copilot-vscode", "opencode"]);
  });

  test("that do not exist are refused with the nearest name", () => {
    expect(() => platformOf("claud-code")).toThrow(expect.objectContaining({ code: "usage", hint: expect.stringContaining("claude-code") }));
    expect(() => platformsNamed(["copilto"])).toThrow(expect.objectContaining({ code: "usage", hint: expect.stringContaining("copilot") }));
    expect(() => platformOf("constructor")).toThrow(expect.objectContaining({ code: "usage" }));
  });
});
