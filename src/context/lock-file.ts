// The lock file: which outputs are ours (contract §7). Whatever stands in it is judged at the door, since it comes with the
// repository; writing it is one atomic replacement. Must not know what a deploy would do.
import { findNodeAtLocation } from "jsonc-parser";
import { statSync } from "node:fs";
import { relative } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { readIfExists } from "../core/node/fs.ts";
import { parseJsonTree } from "./edit/json-items.ts";
import { lineAt } from "./edit/text.ts";
import { byCodeUnits } from "./model.ts";
import type { At, Lock, Locked, Owner } from "./output.ts";
import { pathFault } from "./path-fault.ts";
import { GIT_EXCLUDE } from "./root.ts";
import type { Site } from "./site.ts";

/** The lock as it was read; `text` null where there is no file. */
export type ReadLock = { readonly lock: Lock; readonly text: string | null };

const LOCK_MAX = 64 * 1024 * 1024;

const EMPTY: Lock = { lock: 1, bundles: {}, outputs: [], created: [], kept: [] };

type Row = Readonly<Record<string, unknown>>;
type Where = readonly (string | number)[];
type Complain = (where: Where, message: string) => AiwgError;

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isAt = (value: unknown): value is At => value === null || (isText(value) && (/^block:[^\s]+$/.test(value) || value.startsWith("/")));
const isOwner = (value: unknown): value is Owner => Array.isArray(value) && value.length === 3 && value.every(isText);

function listOf(row: Row, key: string, complain: Complain): readonly unknown[] {
  const value = row[key];
  if (!Array.isArray(value)) throw complain([key], `"${key}" must be a list`);
  return value;
}

function pathOf(row: Row, where: Where, complain: Complain): string {
  const path = row["path"];
  if (!isText(path)) throw complain(where, '"path" must be a text');
  const fault = pathFault(path);
  if (fault !== undefined) throw complain([...where, "path"], `"${path}" ${fault}`);
  return path;
}

function readOutput(value: unknown, index: number, complain: Complain): Locked {
  const where = ["outputs", index];
  if (!isRow(value)) throw complain(where, "must be an object");
  // Of git's own file only a marked block can ever be ours.
  const path = value["path"] === GIT_EXCLUDE && isText(value["at"]) && value["at"].startsWith("block:") ? GIT_EXCLUDE : pathOf(value, where, complain);
  const { at, hash, mode, owners, origin } = value;
  if (!isAt(at)) throw complain([...where, "at"], '"at" must be null, "block:<bundle>" or a JSON pointer');
  if (!isText(hash) || !/^[0-9a-f]{64}$/.test(hash)) throw complain([...where, "hash"], '"hash" must be a sha256');
  if (at === null ? mode !== "644" && mode !== "755" : mode !== null)
    throw complain([...where, "mode"], '"mode" must be "644" or "755" for a file, null for a part of one');
  if (!Array.isArray(owners) || !owners.every(isOwner)) throw complain([...where, "owners"], '"owners" must be a list of [platform, bundle, "kind/name"]');
  if (origin !== "created" && origin !== "adopted") throw complain([...where, "origin"], '"origin" must be "created" or "adopted"');
  return { path, at, hash, mode: mode === "644" || mode === "755" ? mode : null, owners, origin };
}

function readBundles(value: unknown, complain: Complain): Lock["bundles"] {
  if (!isRow(value)) throw complain(["bundles"], '"bundles" must be an object');
  const rows = Object.entries(value).map(([name, row]) => {
    if (!isRow(row) || !isText(row["source"]) || !isText(row["integrity"]) || !(row["rev"] === null || isText(row["rev"]))) {
      throw complain(["bundles", name], `bundle "${name}" must have source, rev and integrity`);
    }
    return [name, { source: row["source"], rev: row["rev"], integrity: row["integrity"] }] as const;
  });
  return Object.fromEntries(rows);
}

/** Parses a lock. `shown` names the file in errors. Throws `config_invalid` with the line, `store_version` for a later format. */
export function parseLock(text: string, shown: string): Lock {
  const complain: Complain = (where, message) => {
    const tree = parseJsonTree(text);
    const node = "root" in tree ? (findNodeAtLocation(tree.root, [...where]) ?? findNodeAtLocation(tree.root, where.slice(0, -1))) : undefined;
    return new AiwgError("config_invalid", `${shown}:${lineAt(text, node?.offset ?? 0)}: ${message}`, {
      hint: "Take the file back from version control; it is not meant to be edited.",
    });
  };
  const parsed = parseJson(text);
  if (!parsed) {
    const conflict = /^(?:<{7}|={7}|>{7})/m.exec(text);
    const tree = parseJsonTree(text);
    throw new AiwgError(
      "config_invalid",
      `${shown}:${lineAt(text, conflict?.index ?? ("error" in tree ? tree.offset : 0))}: ${conflict ? "holds a merge conflict" : "not valid JSON"}`,
      {
        hint: conflict ? "Take one of the two sides, then run aiwg deploy." : "Take the file back from version control; it is not meant to be edited.",
      },
    );
  }
  const value = parsed.value;
  if (!isRow(value)) throw complain([], "must be an object");
  if (value["lock"] !== 1) {
    if (typeof value["lock"] === "number" && value["lock"] > 1)
      throw new AiwgError("store_version", `${shown} was written by a later aiwg (format ${value["lock"]})`);
    throw complain(["lock"], '"lock" must be 1');
  }
  const seen = new Set<string>();
  const outputs = listOf(value, "outputs", complain).map((row, i) => {
    const output = readOutput(row, i, complain);
    const key = `${output.path}\0${output.at ?? ""}`;
    if (seen.has(key)) throw complain(["outputs", i], `${output.path} is there twice`);
    seen.add(key);
    return output;
  });
  const created = listOf(value, "created", complain).map((path, i) => {
    // A made parent in a JSON file stands as `path#/pointer`.
    const fault = isText(path) ? pathFault(path.split("#/")[0] ?? "") : "must be a text";
    if (!isText(path) || fault !== undefined) throw complain(["created", i], `"${String(path)}" ${fault}`);
    return path;
  });
  const kept = listOf(value, "kept", complain).map((row, i) => {
    if (!isRow(row) || !isAt(row["at"])) throw complain(["kept", i], 'must have "path" and "at"');
    return { path: pathOf(row, ["kept", i], complain), at: row["at"] };
  });
  return { lock: 1, bundles: readBundles(value["bundles"], complain), outputs, created, kept };
}

/** The lock of a site; an empty one where there is none. Throws as `parseLock`. */
export function readLock(site: Site): ReadLock {
  const shown = site.scope === "project" ? relative(site.root, site.lockFile) : site.lockFile;
  const size = statSync(site.lockFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOCK_MAX) throw new AiwgError("config_invalid", `${shown} has ${size} bytes, more than any lock of ours`);
  const text = readIfExists(site.lockFile) ?? null;
  return { lock: text === null ? EMPTY : parseLock(text, shown), text };
}

const sortedList = (rows: readonly unknown[]): string => (rows.length === 0 ? "[]" : `[\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]`);

/** The text of a lock: sorted, one line for each output, so that versions merge line by line. */
export function lockText(lock: Lock): string {
  const byPlace = (a: { readonly path: string; readonly at: At }, b: { readonly path: string; readonly at: At }): number =>
    byCodeUnits(a.path, b.path) || byCodeUnits(a.at ?? "", b.at ?? "");
  const bundles = Object.entries(lock.bundles)
    .toSorted(([a], [b]) => byCodeUnits(a, b))
    .map(([name, { source, rev, integrity }]) => `    ${JSON.stringify(name)}: ${JSON.stringify({ source, rev, integrity })}`);
  const outputs = lock.outputs.toSorted(byPlace).map(({ path, at, hash, mode, owners, origin }) => ({ path, at, hash, mode, owners, origin }));
  return `{
  "lock": 1,
  "bundles": ${bundles.length === 0 ? "{}" : `{\n${bundles.join(",\n")}\n  }`},
  "outputs": ${sortedList(outputs)},
  "created": ${sortedList([...new Set(lock.created)].toSorted(byCodeUnits))},
  "kept": ${sortedList(lock.kept.toSorted(byPlace).map(({ path, at }) => ({ path, at })))}
}
`;
}
