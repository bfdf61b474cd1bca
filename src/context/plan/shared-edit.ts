// One place of a shared file set or removed in the file's text: which editor does it, and when it must not. Pure; must not know
// units, nor write.
import { holdsMarker, removeBlock, setBlock } from "../edit/block.ts";
import { membersAt, parseJsonText, removeValue, setMember, setValue } from "../edit/json-value.ts";
import { foreignTables, removeTomlBlock, setTomlBlock } from "../edit/toml-block.ts";
import { removeYamlValue, setYamlValue } from "../edit/yaml-value.ts";
import { isYaml, memberAt, memberIndex, syntaxOf } from "./disk.ts";
import type { Place } from "./units.ts";

/** The text after it, with the parents that were made; or why the place must be left out. `foreign`: somebody else's content is in the way. */
export type PlaceEdited =
  | { readonly text: string; readonly made: readonly string[] }
  | { readonly fault: string; readonly line: number | null; readonly foreign: boolean };

type Raw = { readonly text: string; readonly parents?: readonly string[] } | { readonly defect: { readonly line: number; readonly message: string } };

const fault = (message: string, line: number | null = null, foreign = false): PlaceEdited => ({ fault: message, line, foreign });

function settled(raw: Raw, limit: number | null): PlaceEdited {
  if ("defect" in raw) return fault(raw.defect.message, raw.defect.line);
  const bytes = Buffer.byteLength(raw.text);
  if (limit !== null && bytes > limit) return fault(`the file would have ${bytes} bytes, and its readers stop at ${limit}`);
  return { text: raw.text, made: raw.parents ?? [] };
}

const isToml = ({ path }: Place): boolean => path.endsWith(".toml");

function setText(text: string | null, place: Place, name: string): PlaceEdited {
  const wanted = place.wanted;
  if (wanted?.content.as !== "block") return fault("a block was expected here");
  const { syntax, claims, text: body } = wanted.content;
  if (holdsMarker(body, syntax)) return fault("the text holds a marker of aiwg itself, so its end could not be told");
  if (!isToml(place)) return settled(setBlock(text ?? "", syntax, name, body), wanted.limit);
  const foreign = foreignTables(text ?? "", name, claims);
  if ("defect" in foreign) return fault(foreign.defect.message, foreign.defect.line);
  if (foreign.tables.length > 0) return fault(`the file defines ${foreign.tables.map((table) => `[${table}]`).join(", ")} already`, null, true);
  return settled(setTomlBlock(text ?? "", name, body), wanted.limit);
}

// Index of the member that the snapshot saw, in a text that may have been edited since.
function indexIn(text: string, pointer: string, seen: string | null): number | null {
  const json = parseJsonText(text);
  const members = "defect" in json ? undefined : membersAt(json, pointer);
  if (seen === null || members === undefined || "defect" in members) return null;
  const index = memberIndex(members, [seen]);
  return index === -1 ? null : index;
}

/** Sets a place to what is wanted. `seen`: hash of what the snapshot found there; `text` null where there is no file. */
export function setPlace(text: string | null, place: Place, seen: string | null): PlaceEdited {
  const { at, wanted } = place;
  if (wanted === null || at === null) return fault("a part of a file was expected here");
  if (at.startsWith("block:")) return setText(text, place, at.slice("block:".length));
  if (isYaml(place) && wanted.content.as === "value") return settled(setYamlValue(text ?? "", at, wanted.content.value), wanted.limit);
  const base = text ?? "{}\n";
  if (wanted.content.as === "value") return settled(setValue(base, at, wanted.content.value), wanted.limit);
  if (wanted.content.as !== "member") return fault("a value was expected here");
  const { array } = memberAt(at);
  return settled(setMember(base, array, wanted.content.value, indexIn(base, array, seen)), wanted.limit);
}

/** Takes a place out. `isOurs`: was the parent at a pointer made by us; such go when they are empty. */
export function removePlace(text: string, place: Place, seen: string | null, isOurs: (pointer: string) => boolean): PlaceEdited {
  const at = place.at ?? "";
  if (at.startsWith("block:")) {
    const name = at.slice("block:".length);
    return settled(isToml(place) ? removeTomlBlock(text, name) : removeBlock(text, syntaxOf(place), name), null);
  }
  if (isYaml(place)) return settled(removeYamlValue(text, at, isOurs), null);
  const { array } = memberAt(at);
  const json = parseJsonText(text);
  const members = "defect" in json ? undefined : membersAt(json, array);
  const isMember = members !== undefined && !("defect" in members);
  const index = isMember ? indexIn(text, array, seen) : null;
  if (isMember && index === null) return { text, made: [] };
  return settled(removeValue(text, isMember ? array : at, index, isOurs), null);
}

/** True if nothing of anybody is left in a shared file, not even a comment. */
export function isEmptyShared(text: string): boolean {
  return /^\uFEFF?(?:\s*\{\s*\}\s*)?$/.test(text);
}
