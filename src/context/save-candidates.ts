// What the source of an artifact may have to say so that a deploy gives what a person made of an output: candidates, the likeliest
// first. Pure; whether one does is found out by planning with it. Must not know where files lie.
import { canonicalJson } from "../core/json.ts";
import { agentFromCodex } from "./import-dialects.ts";
import type { Json, JsonObject } from "./model.ts";
import { readFrontMatter, writeFrontMatter } from "./parse/front-matter.ts";

/** The front matter of a source exactly as it stands, with its closing line; "" where there is none. */
function rawFront(source: string): string {
  return /^\uFEFF?---[ \t]*\r?\n(?:[^]*?\n)?---[ \t]*(?:\r?\n|$)/.exec(source)?.[0] ?? "";
}

type Parts = { readonly data: JsonObject; readonly body: string };

function partsOf(text: string): Parts | undefined {
  const front = readFrontMatter(text);
  return "fault" in front ? undefined : front;
}

const same = (a: Json | undefined, b: Json | undefined): boolean => (a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b));

/** Keys that the person changed, with their new values; undefined for one that was taken out. */
function changedKeys(before: JsonObject, after: JsonObject): readonly (readonly [key: string, value: Json | undefined])[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => !same(before[key], after[key])).map((key) => [key, after[key]]);
}

function withKeys(data: JsonObject, keys: readonly (readonly [string, Json | undefined])[]): JsonObject {
  const changed = new Map(Object.entries(data));
  for (const [key, value] of keys) {
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
  }
  return Object.fromEntries(changed);
}

function withOverride(data: JsonObject, platform: string, keys: readonly (readonly [string, Json | undefined])[]): JsonObject {
  const known = data[platform];
  const own = typeof known === "object" && known !== null && !Array.isArray(known) ? known : {};
  return { ...data, [platform]: Object.fromEntries([...Object.entries(own), ...keys.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))]) };
}

// The same text with what codecs may have tidied: blank lines at the begin, one line end at the end.
function bodiesLike(source: string, edited: string): readonly string[] {
  const lead = /^\n*/.exec(source)?.[0] ?? "";
  const bare = edited.replace(/^\n+/, "");
  return [...new Set([edited, lead + bare, bare])];
}

/** Texts for the source file of a rule, agent or command that stands as a file of its own at the platform. */
export function textCandidates(given: {
  readonly source: string;
  /** What we wrote, and what is there now. */
  readonly wrote: string;
  readonly edited: string;
  readonly platform: string;
  readonly toml: boolean;
}): readonly string[] {
  const { source, platform, toml } = given;
  const read = (text: string): string | undefined => {
    if (!toml) return text;
    const agent = agentFromCodex(text);
    return "value" in agent ? agent.value : undefined;
  };
  const [wrote, edited] = [read(given.wrote), read(given.edited)];
  const [own, before, after] = [partsOf(source), wrote === undefined ? undefined : partsOf(wrote), edited === undefined ? undefined : partsOf(edited)];
  if (!own || !before || !after) return toml ? [] : [given.edited];
  const bodies = before.body === after.body ? [own.body] : bodiesLike(own.body, after.body);
  const keys = changedKeys(before.data, after.data);
  const front = rawFront(source);
  const inPlace = keys.length === 0 ? bodies.map((body) => front + body) : [];
  const fields = keys.length === 0 ? [] : bodies.map((body) => writeFrontMatter(withKeys(own.data, keys), body));
  const only = keys.length === 0 ? [] : bodies.map((body) => writeFrontMatter(withOverride(own.data, platform, keys), body));
  return [...inPlace, ...(toml ? [] : [given.edited]), ...fields, ...only];
}

/** A rule's part of a block: `parts` are all parts in order, as we wrote them. Which rule was changed, and what its source may say; undefined if more than one was. */
export function blockCandidates(
  edited: string,
  parts: readonly { readonly artifact: string; readonly text: string; readonly body: string; readonly source: string }[],
): { readonly artifact: string; readonly texts: readonly string[] } | undefined {
  for (const [i, part] of parts.entries()) {
    const before = parts
      .slice(0, i)
      .map(({ text }) => `${text}\n`)
      .join("");
    const after = parts
      .slice(i + 1)
      .map(({ text }) => `\n${text}`)
      .join("");
    if (edited.length < before.length + after.length || !edited.startsWith(before) || !edited.endsWith(after)) continue;
    const mine = edited.slice(before.length, edited.length - after.length);
    const tidy = part.body.trim();
    const lead = tidy === "" ? "" : part.text.slice(0, Math.max(0, part.text.indexOf(tidy)));
    if (!mine.startsWith(lead)) continue;
    const front = rawFront(part.source);
    const own = part.source.slice(front.length);
    return { artifact: part.artifact, texts: bodiesLike(own.replaceAll("\r\n", "\n"), mine.slice(lead.length)).map((body) => front + body) };
  }
  return undefined;
}
