// Real folders for tests of plan and apply: a home, a project, and a picture of a tree to compare.
// Must not know what a test expects.
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Applied, type ApplyDeps, applyPlan } from "../../src/context/apply/apply.ts";
import type { Output } from "../../src/context/output.ts";
import type { Planned } from "../../src/context/plan/plan.ts";
import type { ScopeName } from "../../src/context/platform.ts";
import type { Site } from "../../src/context/site.ts";
import { type Wish, planIn, siteIn } from "./outputs.ts";

/** A site in a folder of its own that goes when the test ends; `outside` is a neighbour that nobody may touch. */
export type World = { readonly base: string; readonly site: Site; readonly root: string; readonly outside: string };

export function newWorld(scope: ScopeName = "project", parent: string = tmpdir()): World {
  const base = realpathSync(mkdtempSync(join(parent, "aiwg-context-")));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  for (const folder of ["home", "project", "outside"]) mkdirSync(join(base, folder));
  const site = siteIn(base, scope);
  return { base, site, root: site.root, outside: join(base, "outside") };
}

/** Writes a file of a person, with the folders above it. */
export function put(world: Pick<World, "root">, path: string, text: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(join(world.root, path)), { recursive: true });
  writeFileSync(join(world.root, path), text, { mode });
}

export const textAt = (world: Pick<World, "root">, path: string): string => readFileSync(join(world.root, path), "utf8");

export async function deploy(
  world: Pick<World, "site">,
  outputs: readonly Output[],
  wish: Wish = {},
  deps: Partial<ApplyDeps> = {},
): Promise<{ planned: Planned; applied: Applied }> {
  const planned = planIn(world.site, outputs, wish);
  return { planned, applied: await applyPlan(world.site, planned, { now: Date.now, ...deps }) };
}

/** `op path at` of every change. */
export const opsOf = ({ changes }: Planned): string[] => changes.map(({ op, path, at }) => `${op} ${path}${at === null ? "" : ` ${at}`}`);

/** Everything below a folder: kind, permissions, bytes, where links lead; `.aiwg` left out. Times too where asked. */
export function pictureOf(folder: string, times = false): Record<string, string> {
  const picture: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(join(folder, path)).toSorted()) {
      const at = path === "" ? name : `${path}/${name}`;
      if (at === ".aiwg" && !times) continue;
      const stat = lstatSync(join(folder, at), { bigint: true });
      const mode = (stat.mode & 0o7777n).toString(8);
      const when = times ? ` ${stat.mtimeNs} ${stat.ino}` : "";
      if (stat.isSymbolicLink()) picture[at] = `link ${readlinkSync(join(folder, at))}`;
      else if (stat.isDirectory()) {
        picture[at] = `folder ${mode}${when}`;
        visit(at);
      } else picture[at] = `file ${mode} ${readFileSync(join(folder, at)).toString("latin1")}${when}`;
    }
  };
  visit("");
  return picture;
}
