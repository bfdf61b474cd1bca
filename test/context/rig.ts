// Real folders for tests of plan and apply: a home, a project, outputs made by hand, and a picture of a tree to compare.
// Must not know what a test expects.
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Applied, type ApplyDeps, applyPlan } from "../../src/context/apply.ts";
import { sha256, valueHash } from "../../src/context/disk.ts";
import { readLock } from "../../src/context/lock-file.ts";
import type { Json } from "../../src/context/model.ts";
import type { At, Output, Owner } from "../../src/context/output.ts";
import { type PlanInput, type Planned, planChanges } from "../../src/context/plan.ts";
import type { ScopeName } from "../../src/context/platform.ts";
import { type Site, siteOf } from "../../src/context/site.ts";
import { placesOf } from "../../src/core/node/paths.ts";

/** A site in a folder of its own that goes when the test ends; `outside` is a neighbour that nobody may touch. */
export type World = { readonly base: string; readonly site: Site; readonly root: string; readonly outside: string };

export function siteIn(base: string, scope: ScopeName): Site {
  return siteOf({ scope, root: join(base, "project"), home: join(base, "home"), places: placesOf({ AIWG_HOME: join(base, "aiwg") }) });
}

export function newWorld(scope: ScopeName = "project"): World {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-context-")));
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

type Extra = { readonly unit?: string; readonly owners?: readonly Owner[]; readonly limit?: number };

function output(path: string, at: At, hash: string, content: Output["content"], extra: Extra): Output {
  const owners = extra.owners ?? [["claude-code", "b", `rule/${path.replaceAll(/[^a-z0-9]/gi, "-")}`]];
  return { path, at, unit: extra.unit ?? `${path}${at ?? ""}`, content, hash, owners, limit: extra.limit ?? null };
}

export function fileOutput(path: string, text: string | Uint8Array, extra: Extra & { readonly mode?: 0o644 | 0o755 } = {}): Output {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return output(path, null, sha256(bytes), { as: "file", bytes, mode: extra.mode ?? 0o644 }, extra);
}

export function blockOutput(path: string, text: string, extra: Extra & { readonly bundle?: string; readonly claims?: readonly string[] } = {}): Output {
  const syntax = path.endsWith(".toml") ? "hash" : "html";
  return output(path, `block:${extra.bundle ?? "b"}`, sha256(text), { as: "block", text, syntax, claims: extra.claims ?? [] }, extra);
}

export function valueOutput(path: string, at: `/${string}`, value: Json, extra: Extra = {}): Output {
  return output(path, at, valueHash(value), { as: "value", value }, extra);
}

export function memberOutput(path: string, at: `/${string}`, value: Json, mark: string, extra: Extra = {}): Output {
  return output(path, at, valueHash(value), { as: "member", value, mark }, extra);
}

/** Files of a skill as one unit. */
export function skillOutputs(folder: string, name: string, files: Readonly<Record<string, string>>, platform = "claude-code"): Output[] {
  const extra = { unit: `skill/${name}@${folder}/${name}`, owners: [[platform, "b", `skill/${name}`]] as const };
  return Object.entries(files).map(([path, text]) => fileOutput(`${folder}/${name}/${path}`, text, { ...extra, mode: path.endsWith(".sh") ? 0o755 : 0o644 }));
}

export type Wish = Partial<Omit<PlanInput, "site" | "lock">>;

export function planIn(site: Site, outputs: readonly Output[], wish: Wish = {}): Planned {
  const bundles = outputs.length === 0 ? {} : { b: { source: "./b", rev: null, integrity: "sha256-b" } };
  return planChanges({ site, outputs, bundles, lock: readLock(site), ...wish });
}

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
