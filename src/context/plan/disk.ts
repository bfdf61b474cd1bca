// What stands at each place of a run, read once: a snapshot that the plan decides over. Must not write, nor decide anything.
import { hash } from "node:crypto";
import type { Node } from "jsonc-parser";
import { closeSync, constants, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { sep } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { canonicalJson, jsonPointer } from "../../core/json.ts";
import { type Block, type BlockSyntax, findBlocks } from "../edit/block.ts";
import { type JsonText, membersAt, nodeAt, parseJsonText, pointerKeys, valueOf } from "../edit/json-value.ts";
import { holdsComment } from "../edit/json-items.ts";
import type { EditDefect } from "../edit/text.ts";
import { yamlValueAt } from "../edit/yaml-value.ts";
import type { Json } from "../model.ts";
import { AIWG_OWNER } from "../output.ts";
import type { Place } from "./units.ts";
import type { Print } from "./verdict.ts";

/**
 * What is at a place: nothing, content, or a reason why nothing can be done there (`line` where a text is broken; then the file can
 * be replaced). `commented`: a person's comments stand inside of the value, and would go with it.
 */
export type Found = { readonly print: Print | null; readonly commented?: boolean } | { readonly fault: string; readonly line: number | null };

/** A file of several owners. `text` is null where there is none yet, or (`replaced`) none that shall stay. */
export type SharedFile = { readonly path: string; readonly text: string | null; readonly hash: string | null; readonly replaced?: true };

/** The snapshot. `found` by place, in the order of the places given; `shared` by real path. */
export type DiskView = { readonly found: ReadonlyMap<Place, Found>; readonly shared: ReadonlyMap<string, SharedFile> };

/** Shared files beyond this are not edited. */
const SHARED_MAX = 32 * 1024 * 1024;

/** sha256 (hex). */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** Bytes of a regular file, never through a link; good until the reader is called again. Throws what the system says. */
export type Reader = (path: string, size: number) => Uint8Array;

/** A reader with one buffer, so that reading thousands of files leaves nothing behind. */
export function openReader(): Reader {
  let buffer = Buffer.allocUnsafeSlow(64 * 1024);
  return (path, size) => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      let length = 0;
      for (;;) {
        // One byte more than it had: it may have grown.
        if (buffer.length <= Math.max(size, length)) buffer = Buffer.concat([buffer.subarray(0, length)], Math.max(size + 1, buffer.length * 2));
        const read = readSync(file, buffer, length, buffer.length - length, null);
        if (read === 0) return buffer.subarray(0, length);
        length += read;
      }
    } finally {
      closeSync(file);
    }
  };
}

/** sha256 of what is at a path; null for nothing, and for what is no regular file (a link too). */
export function hashFile(path: string, read: Reader): string | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? sha256(read(path, stat.size)) : null;
}

/** Executable or not, as far as it is compared; systems without such a bit take the other side's word. */
export function modeOf(stat: Stats, otherwise: "644" | "755"): "644" | "755" {
  if (process.platform === "win32") return otherwise;
  return (stat.mode & 0o100) === 0 ? "644" : "755";
}

const absent: Found = { print: null };
const cannot = (fault: string, line: number | null = null): Found => ({ fault, line });

function readWhole(base: string, place: Place, read: Reader): Found {
  const { stat } = place.found;
  if (stat === undefined) return absent;
  if (!stat.isFile()) return cannot(stat.isDirectory() ? "a folder stands there" : "something that is no file stands there");
  const mode = modeOf(stat, place.wanted?.content.as === "file" && place.wanted.content.mode === 0o755 ? "755" : (place.locked?.mode ?? "644"));
  try {
    const bytes = read(base + place.path, stat.size);
    const wanted = place.wanted?.content.as === "file" ? place.wanted : undefined;
    // The wanted bytes are at hand and hashed already.
    if (wanted?.content.as === "file" && Buffer.compare(bytes, wanted.content.bytes) === 0) return { print: { hash: wanted.hash, mode } };
    return { print: { hash: sha256(bytes), mode } };
  } catch (error) {
    return cannot(`it cannot be read: ${messageOf(error)}`);
  }
}

/** How the markers of a block are written in a file that a client reads. */
export function syntaxIn(path: string): BlockSyntax {
  return path.endsWith(".toml") ? "hash" : "html";
}

/** How the markers of a block are written at a place. */
export function syntaxOf(place: Place): BlockSyntax {
  if (place.wanted?.content.as === "block") return place.wanted.content.syntax;
  return place.owners.some(([platform]) => platform === AIWG_OWNER[0]) ? "hash" : syntaxIn(place.path);
}

/** True for a file whose values stand in YAML, not JSON. */
export function isYaml({ path }: Pick<Place, "path">): boolean {
  return /\.ya?ml$/.test(path);
}

type Opened = { readonly file: SharedFile } | { readonly failed: Found };

function openShared(base: string, path: string, stat: Stats | undefined, read: Reader): Opened {
  if (stat === undefined) return { file: { path, text: null, hash: null } };
  if (!stat.isFile()) return { failed: cannot(stat.isDirectory() ? "a folder stands there" : "something that is no file stands there") };
  if (stat.size > SHARED_MAX) return { failed: cannot(`it has ${stat.size} bytes, more than we edit`) };
  try {
    const bytes = read(base + path, stat.size);
    return { file: { path, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), hash: sha256(bytes) } };
  } catch (error) {
    return { failed: cannot(error instanceof TypeError ? "it is not UTF-8 text" : `it cannot be read: ${messageOf(error)}`) };
  }
}

/** Pointer of the array and name of the member, from a member's `at`. */
export function memberAt(at: string): { readonly array: string; readonly name: string } {
  const keys = pointerKeys(at);
  return { array: jsonPointer(keys.slice(0, -1)), name: keys.at(-1) ?? "" };
}

const isDefect = (value: unknown): value is { readonly defect: EditDefect } => typeof value === "object" && value !== null && "defect" in value;

// What of an entry only ours can hold. A line of the lock does not have it, but scripts of a behavior lie in one folder.
function isMarked(place: Place): (text: string) => boolean {
  if (place.wanted?.content.as === "member") {
    const { mark } = place.wanted.content;
    return (text) => mark !== "" && text.includes(mark);
  }
  const behavior = place.owners.map(([, , artifact]) => artifact).find((artifact) => artifact.startsWith("behavior/"));
  if (behavior === undefined) return () => false;
  const folder = `behaviors/${behavior.slice("behavior/".length)}`;
  return (text) =>
    text
      .split(folder)
      .slice(1)
      .some((rest) => !/^[A-Za-z0-9._-]/.test(rest));
}

/** Hash of a JSON value, as the lock has it. */
export function valueHash(value: Json): string {
  return sha256(canonicalJson(value));
}

/** Index of the member that is ours: by the lock's or wanted value, else by a mark in its JSON text; -1 without. */
export function memberIndex(nodes: readonly Node[], hashes: readonly string[], isOurs: (text: string) => boolean = () => false): number {
  const members = nodes.map(valueOf);
  for (const wanted of hashes) {
    const index = members.findIndex((member) => valueHash(member) === wanted);
    if (index !== -1) return index;
  }
  return members.findIndex((member) => isOurs(JSON.stringify(member)));
}

const printOf = (json: JsonText, node: Node): Found => ({ print: { hash: valueHash(valueOf(node)), mode: null }, commented: holdsComment(json.body, node) });

function readJson(json: JsonText, place: Place): Found {
  const at = place.at ?? "";
  const { array } = memberAt(at);
  const parent = place.wanted?.content.as === "value" ? undefined : nodeAt(json, array);
  if (place.wanted?.content.as === "member" || (parent !== undefined && !isDefect(parent) && parent.type === "array")) {
    const members = membersAt(json, array);
    if (members === undefined) return absent;
    if (isDefect(members)) return cannot(members.defect.message, members.defect.line);
    const index = memberIndex(
      members,
      [place.locked?.hash, place.wanted?.hash].filter((text) => text !== undefined),
      isMarked(place),
    );
    const member = members[index];
    return member === undefined ? absent : printOf(json, member);
  }
  const node = nodeAt(json, at);
  if (node === undefined) return absent;
  if (isDefect(node)) return cannot(node.defect.message, node.defect.line);
  return printOf(json, node);
}

function readYaml(text: string, at: string): Found {
  const found = yamlValueAt(text, at);
  if (found === undefined) return absent;
  return isDefect(found)
    ? cannot(found.defect.message, found.defect.line)
    : { print: { hash: valueHash(found.value), mode: null }, commented: found.commented };
}

function readParts(file: SharedFile, places: readonly Place[]): Found[] {
  const text = file.text;
  if (text === null) return places.map(() => absent);
  const blocksBySyntax = new Map<BlockSyntax, ReturnType<typeof findBlocks>>();
  let json: ReturnType<typeof parseJsonText> | undefined;
  return places.map((place): Found => {
    if (place.at?.startsWith("block:") === true) {
      const syntax = syntaxOf(place);
      const found = blocksBySyntax.get(syntax) ?? findBlocks(text, syntax);
      blocksBySyntax.set(syntax, found);
      if (isDefect(found)) return cannot(found.defect.message, found.defect.line);
      const block: Block | undefined = found.blocks.get(place.at.slice("block:".length));
      return block ? { print: { hash: sha256(block.text), mode: null } } : absent;
    }
    if (isYaml(place)) return readYaml(text, place.at ?? "");
    json ??= parseJsonText(text);
    return isDefect(json) ? cannot(json.defect.message, json.defect.line) : readJson(json, place);
  });
}

/** Reads what the places are about, each file once. A broken text that `isForced` names is given up: nothing of it is there then. */
export function readDisk(root: string, places: Iterable<Place>, isForced: (place: Place) => boolean): DiskView {
  const read = openReader();
  // Real paths have nothing to be made normal, and there are thousands.
  const base = root.endsWith(sep) ? root : root + sep;
  const found = new Map<Place, Found>();
  const shared = new Map<string, SharedFile>();
  const byFile = new Map<string, Place[]>();
  for (const place of places) {
    if (place.found.blocked !== null) found.set(place, cannot(place.found.blocked));
    else if (place.at === null) found.set(place, readWhole(base, place, read));
    else {
      const parts = byFile.get(place.path);
      if (parts) parts.push(place);
      else byFile.set(place.path, [place]);
    }
  }
  for (const [path, parts] of byFile) {
    const opened = openShared(base, path, parts[0]?.found.stat, read);
    const results = "file" in opened ? readParts(opened.file, parts) : parts.map(() => opened.failed);
    const replaced = results.some((result) => "fault" in result && result.line !== null) && parts.every(isForced);
    if ("file" in opened) shared.set(path, replaced ? { ...opened.file, text: null, replaced } : opened.file);
    if (replaced) results.fill(absent);
    for (const [i, place] of parts.entries()) found.set(place, results[i] ?? absent);
  }
  return { found, shared };
}
