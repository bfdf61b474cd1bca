// What the source of an artifact may have to say so that a deploy gives what a person made of an output: candidates, the likeliest
// first. Pure; whether one does is found out by planning with it. Must not know where files lie.
import { canonicalJson } from "../../core/json.ts";
import { codexAgentIn } from "../import/agents.ts";
import type { DecodeServer } from "../import/servers.ts";
import type { Json, JsonObject } from "../model.ts";
import { readFrontMatter, writeFrontMatter } from "../parse/front-matter.ts";

/** True for equal JSON values, or both absent. */
export const sameJson = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);

// A list, whichever of the two ways people write it.
const listed = (value: Json | undefined): Json | undefined =>
  typeof value === "string" && value.includes(",") ? value.split(",").map((part) => part.trim()) : value;
const sameList = (a: Json | undefined, b: Json | undefined): boolean => {
  const asList = (value: Json | undefined): Json | undefined => (typeof value === "string" ? [listed(value) ?? value].flat() : value);
  return sameJson(asList(a), asList(b));
};

/** The front matter of a source exactly as it stands, with its closing line; "" where there is none. */
function rawFront(source: string): string {
  return /^\uFEFF?---[ \t]*\r?\n(?:[^]*?\n)?---[ \t]*(?:\r?\n|$)/.exec(source)?.[0] ?? "";
}

type Parts = { readonly data: JsonObject; readonly body: string };

function partsOf(text: string): Parts | undefined {
  const front = readFrontMatter(text);
  return "fault" in front ? undefined : front;
}

/** What a key of front matter becomes; undefined takes it out. */
type KeyChange = readonly [key: string, value: Json | undefined];

/** Keys that the person changed, with their new values. */
function changedKeys(before: JsonObject, after: JsonObject): readonly KeyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => !sameJson(before[key], after[key])).map((key) => [key, after[key]]);
}

function withKeys(data: JsonObject, keys: readonly KeyChange[]): JsonObject {
  const changed = new Map(Object.entries(data));
  for (const [key, value] of keys) {
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
  }
  return Object.fromEntries(changed);
}

const TOP_KEY = /^(?:"([^"\\]*)"|'([^']*)'|([^\s#:'"][^:]*?))\s*:(?:\s|$)/;

// Line by line, so that what else stands there keeps its comments and its form; anew where that does not say the same.
function editFront(front: string, data: JsonObject, keys: readonly KeyChange[], body: string): string {
  const wanted = withKeys(data, keys);
  const anew = writeFrontMatter(wanted, body);
  if (front === "") return anew;
  const eol = front.includes("\r\n") ? "\r\n" : "\n";
  const lines = front.split(/\r?\n/);
  const close = lines.findLastIndex((line) => line.startsWith("---"));
  const changes = new Map(keys);
  const lineFor = (key: string, value: Json | undefined): string[] =>
    value === undefined
      ? []
      : writeFrontMatter({ [key]: value }, "")
          .split("\n")
          .slice(1, -2);
  const result = [lines[0] ?? "---"];
  let skipping = false;
  for (const line of lines.slice(1, close)) {
    const [, ...names] = TOP_KEY.exec(line) ?? [];
    const key = names.find((name) => name !== undefined);
    if (key !== undefined) {
      skipping = changes.has(key);
      if (skipping) result.push(...lineFor(key, changes.get(key)));
      changes.delete(key);
    }
    if (!skipping) result.push(line);
  }
  for (const [key, value] of changes) result.push(...lineFor(key, value));
  const text = [...result, ...lines.slice(close)].join(eol) + body;
  const read = partsOf(text);
  return read && sameJson(read.data, wanted) ? text : anew;
}

// The same text with what codecs may have tidied: blank lines around it. As the source had them comes first.
function bodiesLike(source: string, edited: string): readonly string[] {
  const lead = /^\n*/.exec(source)?.[0] ?? "";
  const trail = /\n*$/.exec(source)?.[0] ?? "";
  const bare = edited.replace(/^\n+/, "");
  return [...new Set([lead + bare.replace(/\n+$/, "") + trail, lead + bare, edited, bare])];
}

// What codecs put in the place of our own words.
const WORDS = [
  ["", ""],
  ["$ARGUMENTS", "${input:arguments}"],
] as const;

/** Bodies for the source; none where it cannot be told how what we wrote came of it. */
function bodiesFor(own: string, before: string, after: string): readonly string[] {
  if (before === after) return [own];
  const words = WORDS.find(([ours, theirs]) => (ours === "" ? own : own.replaceAll(ours, theirs)).trim() === before.trim());
  if (!words) return [];
  const [ours, theirs] = words;
  return bodiesLike(own, ours === "" ? after : after.replaceAll(theirs, ours));
}

// Globs have another word, and another form, in each dialect.
const GLOBS: readonly string[] = ["paths", "applyTo"];

/** The change as all platforms get it; undefined if the key says something of this platform only. */
function sharedChange([key, value]: KeyChange, own: JsonObject, before: JsonObject, tiers: ReadonlyMap<string, string>): KeyChange | undefined {
  if (GLOBS.includes(key) && own["globs"] !== undefined) return sameList(own["globs"], before[key]) ? ["globs", listed(value)] : undefined;
  if (sameList(own[key], before[key])) return [key, value];
  const tier = key === "model" && typeof value === "string" ? tiers.get(value) : undefined;
  return tier === undefined ? undefined : [key, tier];
}

function overrideFor(own: JsonObject, platform: string, keys: readonly KeyChange[]): readonly KeyChange[] {
  const known = own[platform];
  const values = typeof known === "object" && known !== null && !Array.isArray(known) ? known : {};
  return keys.length === 0 ? [] : [[platform, withKeys(values as JsonObject, keys)]];
}

/** Texts for the source file of a rule, agent or command that stands as a file of its own at the platform. */
export function textCandidates(given: {
  readonly source: string;
  /** What we wrote, and what is there now. */
  readonly wrote: string;
  readonly edited: string;
  readonly platform: string;
  /** Tiers by the name of the model that stands for them there. */
  readonly tiers: ReadonlyMap<string, string>;
  readonly toml: boolean;
}): readonly string[] {
  const { source, platform, tiers, toml } = given;
  // A source that we give back as it stands takes the whole text back, comments and all.
  if (given.wrote === source) return [given.edited];
  const read = (text: string): string | undefined => {
    if (!toml) return text;
    const agent = codexAgentIn(text);
    return "value" in agent ? writeFrontMatter(agent.value.data, agent.value.body) : undefined;
  };
  const [own, before, after] = [source, read(given.wrote), read(given.edited)].map((text) => (text === undefined ? undefined : partsOf(text)));
  if (!own || !before || !after) return [];
  const changes = changedKeys(before.data, after.data);
  const all = changes.map((change) => sharedChange(change, own.data, before.data, tiers)).filter((change) => change !== undefined);
  const alone = changes.filter((change) => sharedChange(change, own.data, before.data, tiers) === undefined);
  const ways: readonly (readonly KeyChange[])[] = [
    [...all, ...overrideFor(own.data, platform, alone)],
    ...(all.length > 0 ? [overrideFor(own.data, platform, changes)] : []),
  ];
  const front = rawFront(source);
  return ways.flatMap((keys) =>
    bodiesFor(own.body, before.body, after.body).map((body) => (keys.length === 0 ? front + body : editFront(front, own.data, keys, body))),
  );
}

/** One rule of a block: `text` as we wrote it there, `body` and `source` as its file has them. */
export type BlockRule = { readonly artifact: string; readonly text: string; readonly body: string; readonly source: string };

/** A rule that was changed in a block, and what its source may say. */
export type ChangedRule = { readonly artifact: string; readonly texts: readonly string[] };

const BETWEEN = "\n\n";

// Where the rule stands in the text unchanged, at or after an offset; -1 if nowhere.
function standsAt(edited: string, { text }: BlockRule, from: number): number {
  for (let at = edited.indexOf(text, from); at !== -1; at = edited.indexOf(text, at + 1)) {
    const begins = at === from || edited.slice(0, at).endsWith(BETWEEN);
    const end = at + text.length;
    if (begins && (end === edited.length || edited.startsWith(BETWEEN, end))) return at;
  }
  return -1;
}

/** Rules that were changed in a block, in its order. `parts` are all of them, in the order in which we wrote them. Undefined where it cannot be told which text is whose. */
export function blockCandidates(edited: string, parts: readonly BlockRule[]): readonly ChangedRule[] | undefined {
  const changed: ChangedRule[] = [];
  let from = 0;
  for (const [i, part] of parts.entries()) {
    if (standsAt(edited, part, from) === from) {
      from += part.text.length + BETWEEN.length;
      continue;
    }
    const next = parts[i + 1];
    const until = next === undefined ? edited.length + BETWEEN.length : standsAt(edited, next, from);
    if (until === -1 || until - BETWEEN.length < from) return undefined;
    const mine = edited.slice(from, until - BETWEEN.length);
    const tidy = part.body.trim();
    const lead = tidy === "" ? "" : part.text.slice(0, Math.max(0, part.text.indexOf(tidy)));
    if (!mine.startsWith(lead)) return undefined;
    const front = rawFront(part.source);
    const own = part.source.slice(front.length);
    changed.push({ artifact: part.artifact, texts: bodiesLike(own.replaceAll("\r\n", "\n"), mine.slice(lead.length)).map((body) => front + body) });
    from = until;
  }
  return changed;
}

/** A change of one value in a server's entry; `value` undefined takes it out. */
export type EntryChange = { readonly keys: readonly string[]; readonly value: Json | undefined };

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function changesIn(before: JsonObject, after: JsonObject, above: readonly string[] = []): readonly EntryChange[] {
  return changedKeys(before, after).flatMap(([key, value]): readonly EntryChange[] => {
    const [old, keys] = [before[key], [...above, key]];
    return isObject(old) && isObject(value) ? changesIn(old, value, keys) : [{ keys, value }];
  });
}

/** What of a server's entry was changed, in the words of mcp.json; one alternative for each way to read it, and the change as it stands. */
export function serverCandidates(name: string, before: JsonObject, after: JsonObject, ways: readonly DecodeServer[]): readonly (readonly EntryChange[])[] {
  const all = ways.flatMap((decode) => {
    const [old, now] = [decode(before, name), decode(after, name)];
    return "value" in old && "value" in now ? [changesIn(old.value, now.value)] : [];
  });
  return [...all, changesIn(before, after)].filter((one, i, list) => list.findIndex((other) => JSON.stringify(one) === JSON.stringify(other)) === i);
}
