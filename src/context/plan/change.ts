// A decided unit as the changes that a plan shows; the texts for a diff are made only when somebody asks for them. Must not
// write, nor decide.
import { join } from "node:path";
import type { Action, Settled } from "./decide.ts";
import { type DiskView, isYaml, memberAt, memberIndex, openReader, syntaxOf } from "./disk.ts";
import { findBlocks } from "../edit/block.ts";
import { membersAt, nodeAt, parseJsonText, valueOf } from "../edit/json-value.ts";
import { yamlValueAt } from "../edit/yaml-value.ts";
import type { Json } from "../model.ts";
import type { Change } from "../output.ts";
import type { Place } from "./units.ts";
import type { Verdict } from "./verdict.ts";

const OP: Readonly<Record<Exclude<Verdict, "current" | "foreign" | "edited">, Change["op"]>> = {
  ...{ create: "create", update: "update", delete: "delete", adopt: "adopt", record: "record", release: "record", forget: "record" },
};

const NOTE: Partial<Readonly<Record<Verdict, string>>> = {
  adopt: "the same is there already; it stays when the bundle goes",
  record: "what is there is what is wanted now",
  release: "it was there before aiwg, so it stays",
  forget: "it is gone already",
};

const jsonText = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

function asText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function textOnDisk(place: Place, root: string, disk: DiskView): string | null {
  const found = disk.found.get(place);
  if (!found || !("print" in found) || found.print === null) return null;
  if (place.at === null) return asText(openReader()(join(root, place.path), place.found.stat?.size ?? 0));
  const text = disk.shared.get(place.path)?.text ?? "";
  if (place.at.startsWith("block:")) {
    const blocks = findBlocks(text, syntaxOf(place));
    return "blocks" in blocks ? `${blocks.blocks.get(place.at.slice("block:".length))?.text ?? ""}\n` : null;
  }
  if (isYaml(place)) {
    const value = yamlValueAt(text, place.at);
    return value === undefined || "defect" in value ? null : jsonText(value.value);
  }
  const json = parseJsonText(text);
  if ("defect" in json) return null;
  const { array } = memberAt(place.at);
  const members = membersAt(json, array);
  const member = members !== undefined && !("defect" in members) ? members[memberIndex(members, [found.print.hash])] : undefined;
  if (member !== undefined) return jsonText(valueOf(member));
  const node = nodeAt(json, place.at);
  return node === undefined || "defect" in node ? null : jsonText(valueOf(node));
}

function textWanted({ wanted }: Place): string | null {
  if (wanted === null) return null;
  const { content } = wanted;
  if (content.as === "file") return asText(content.bytes);
  return content.as === "block" ? `${content.text}\n` : jsonText(content.value);
}

function change(place: Place, unit: string, op: Change["op"], reason: string | null, root: string, disk: DiskView): Change {
  return {
    ...{ op, path: place.path, at: place.at, unit, owners: place.owners, reason },
    // A spread of the change would read files; these are asked for one by one.
    get before() {
      return textOnDisk(place, root, disk);
    },
    get after() {
      return op === "delete" ? null : textWanted(place);
    },
  };
}

function changeOfAction({ place, verdict, forced }: Action, unit: string, root: string, disk: DiskView): Change[] {
  if (verdict === "current" || verdict === "foreign" || verdict === "edited") return [];
  const replaced = forced || (place.at !== null && disk.shared.get(place.path)?.replaced === true);
  const note = replaced ? "what is there is replaced, and a copy of it is kept" : (NOTE[verdict] ?? null);
  return [change(place, unit, OP[verdict], note, root, disk)];
}

/** What a plan shows of one unit; nothing where it is as it should be. */
export function changeOf({ unit, outcome, actions, obstacles }: Settled, root: string, disk: DiskView): Change[] {
  if (outcome === "accepted") return actions.flatMap((action) => changeOfAction(action, unit.name, root, disk));
  if (outcome === "kept") return actions.map(({ place }) => change(place, unit.name, "keep", "left to you", root, disk));
  if (outcome === "held") return [];
  const [first] = unit.places;
  return [...obstacles].flatMap(([place, { reason: what, ways, line }]) => {
    const reason = ways === null ? what : `${what}; ${ways}`;
    const at = place ?? unit.places.find(({ locked, wanted }) => locked === null && wanted !== null) ?? first;
    return at ? [change(at, unit.name, "conflict", line === null ? reason : `line ${line}: ${reason}`, root, disk)] : [];
  });
}
