// A project, a home and a bundle beside them for tests of the commands about context, in either scope. Must not know what a
// test expects.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { ScopeName } from "../../src/context/platform.ts";
import { pictureOf } from "../context/rig.ts";
import { type Env, type Ran, aiwg, jsonOf, makePlace } from "./rig.ts";

export const SCOPES = ["project", "user"] as const satisfies readonly ScopeName[];

/** Something of every kind; what runs by itself is `behavior/guard` and `mcp/files`. */
export const BUNDLE: Readonly<Record<string, string>> = {
  "rules/style.md": "# Style\n\nShort sentences.\n",
  "rules/tests.md": '---\ndescription: How tests are written\nglobs: ["**/*.test.ts"]\n---\n\nOne behaviour per test.\n',
  "agents/x.md": "---\nname: x\ndescription: Plays x\n---\n\nYou are x.\n",
  "commands/fix.md": '---\ndescription: Fixes an issue\nargument-hint: "[number]"\n---\n\nFix issue $ARGUMENTS.\n',
  "skills/changelog/SKILL.md": "---\nname: changelog\ndescription: Writes the changelog\n---\n\nRead the commits.\n",
  "skills/changelog/scripts/collect.sh": "#!/bin/sh\ngit log\n",
  "behaviors/guard/BEHAVIOR.md": "---\nname: guard\ndescription: Guards\non: [tool.before]\ntools: [shell]\nrun: [./guard.sh]\n---\n\nWhy.\n",
  "behaviors/guard/guard.sh": "#!/bin/sh\nexit 0\n",
  "mcp.json": '{\n  "mcpServers": {\n    // the files of this project\n    "files": { "command": "npx", "args": ["-y", "files-mcp"] }\n  }\n}\n',
};

/** What of the bundle never runs by itself. */
export const CALM: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(BUNDLE).filter(([path]) => !path.startsWith("behaviors/") && path !== "mcp.json"),
);

/** Writes files below a folder, those that begin with `#!` executable. */
export function plant(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    if (typeof content === "string" && content.startsWith("#!")) chmodSync(join(folder, path), 0o755);
  }
}

export type Ground = ReturnType<typeof makePlace> & {
  readonly scope: ScopeName;
  /** What outputs are relative to. */
  readonly root: string;
  /** Folder of a bundle called `house`, outside of the root. */
  readonly bundle: string;
  readonly configFile: string;
  readonly lockFile: string;
  /** The scope's own bundle. */
  readonly own: string;
  /** Runs a command in the scope, in the root. */
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** The same with `--json`; `data` or `error` of the one object, and that nothing else was said. */
  readonly json: (
    ...args: readonly string[]
  ) => Promise<{ readonly code: number | null; readonly data: never; readonly error: ReturnType<typeof jsonOf>["error"] }>;
  readonly put: (path: string, content: string | Uint8Array) => void;
  readonly read: (path: string) => string;
  /** All below the root but what aiwg keeps for itself. */
  readonly picture: (times?: boolean) => Record<string, string>;
};

/** Goes when the test ends. */
export function makeGround(scope: ScopeName, files: Readonly<Record<string, string | Uint8Array>> = BUNDLE, env: Env = {}): Ground {
  const place = makePlace();
  onTestFinished(() => place.remove());
  const root = scope === "project" ? place.work : place.home;
  const bundle = join(place.dir, "house");
  plant(bundle, files);
  const own = scope === "project" ? join(root, ".aiwg") : join(place.home, "config");
  const at = { home: place.home, work: root };
  const scoped = scope === "user" ? ["--scope", "user"] : [];
  return {
    ...{ ...place, scope, root, bundle, own: join(own, "context"), configFile: join(own, "aiwg.jsonc"), lockFile: join(own, "aiwg.lock") },
    run: (...args) => aiwg(at, [...args, ...scoped], env),
    async json(...args) {
      const ran = await aiwg(at, [...args, "--json", ...scoped], env);
      if (ran.stderr !== "") throw new Error(`--json, and stderr says: ${ran.stderr}`);
      const { data, error } = jsonOf(ran);
      return { code: ran.code, data: data as never, error };
    },
    put: (path, content) => plant(root, { [path]: content }),
    read: (path) => readFileSync(join(root, path), "utf8"),
    picture(times) {
      const all = pictureOf(root, times);
      const ours = scope === "project" ? /^\.aiwg(?:\/|$)/ : /^(?:config|state|cache)(?:\/|$)/;
      return Object.fromEntries(Object.entries(all).filter(([path]) => !ours.test(path)));
    },
  };
}
