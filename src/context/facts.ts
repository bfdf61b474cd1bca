// What of a person lies where the platforms' rows look: read once, so that all that follows is pure. The only file between
// artifacts and outputs that touches the disk; it writes nothing.
import { parse, type ParseError } from "jsonc-parser";
import { readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Env } from "../core/node/paths.ts";
import { syntaxIn } from "./plan/disk.ts";
import { withoutBlocks } from "./edit/block.ts";
import { folderOf, inFolders } from "./folders.ts";
import type { Artifact, Json, JsonObject } from "./model.ts";
import type { Lock } from "./output.ts";
import type { Platform, ScopeName, Target } from "./platform.ts";

/**
 * A file of a person, beyond what we wrote into it. `bytes` are the person's own; `blank`: it is there, but white space only;
 * `real` is the same for two names of one file.
 */
export type PersonsFile = { readonly bytes: number; readonly crlf: boolean; readonly blank: boolean; readonly real: string };

export type Facts = {
  /** By path, as the rows write it. A file that we made and that has nothing beyond what we wrote is no person's. */
  readonly persons: ReadonlyMap<string, PersonsFile>;
  readonly caseInsensitive: boolean;
  /** Folders of the project, really there, that a rule is for. */
  readonly folders: ReadonlySet<string>;
  /** Where scripts of behaviors lie below the root; null where no place below it is ours. */
  readonly behaviors: string | null;
  /** The same as hooks name it: relative to the project, or absolute in user scope. */
  readonly behaviorsShown: string;
  /** Variables that are set and move a platform's user scope elsewhere. */
  readonly moved: readonly { readonly platform: string; readonly variable: string; readonly value: string }[];
};

type FactsInput = {
  readonly root: string;
  readonly scope: ScopeName;
  readonly platforms: readonly Platform[];
  readonly artifacts: readonly Artifact[];
  /** True for a folder of the root in which a rule may be told. */
  readonly isOpen: (folder: string) => boolean;
  /** What we wrote and made last time; an empty one at first. */
  readonly lock: Pick<Lock, "outputs" | "created">;
  /** Our own state folder of this user (absolute). */
  readonly state: string;
};

// Larger ones are no text for an agent; that they exist is all we need to know.
const MAX_READ = 4 * 1024 * 1024;

/** Reads what `place` must know of the disk. Missing files are no error, unreadable ones count as a person's. */
export function gatherFacts({ root, scope, platforms, artifacts, isOpen, lock, state }: FactsInput, env: Env = process.env): Facts {
  const ours = new Map<string, string[]>();
  for (const { path, at } of lock.outputs) ours.set(path, [...(ours.get(path) ?? []), at ?? ""]);
  const created = new Set(lock.created);
  const persons = new Map<string, PersonsFile>();
  const named = scope === "project" ? artifacts.flatMap((artifact) => folderOf(artifact) ?? []) : [];
  const folders = new Set([...new Set(named)].toSorted().filter(isOpen));
  for (const path of namedPaths(inFolders(platforms, folders), scope)) {
    const file = personsFile(join(root, path), ours.get(path) ?? [], created.has(path));
    if (file !== null) persons.set(path, file);
  }
  const below = relative(root, state);
  const stateInside = below !== "" && !below.startsWith("..") && !isAbsolute(below);
  return {
    ...{ persons, folders },
    caseInsensitive: isCaseInsensitive(root),
    // Not ~/.aiwg: that would make a project of the home folder, and of all below it.
    behaviors: scope === "project" ? ".aiwg/behaviors" : stateInside ? `${below.split(sep).join("/")}/behaviors` : null,
    behaviorsShown: scope === "project" ? ".aiwg/behaviors" : join(state, "behaviors"),
    moved: scope === "project" ? [] : movedBy(platforms, env),
  };
}

function movedBy(platforms: readonly Platform[], env: Env): Facts["moved"] {
  return platforms.flatMap(({ id, movedBy: variables = [] }) =>
    variables.flatMap((variable) => (env[variable] ? [{ platform: id, variable, value: env[variable] }] : [])),
  );
}

function namedPaths(platforms: readonly Platform[], scope: ScopeName): ReadonlySet<string> {
  const targets = platforms.flatMap((platform) => Object.values<readonly Target[]>(platform[scope]).flat());
  const lists = targets.flatMap(({ keepsReading }) => (keepsReading ? [keepsReading.path, ...(keepsReading.alternatives ?? [])] : []));
  const paths = [...lists, ...targets.flatMap(({ path, alternatives = [], hiddenBy = [], hides = [] }) => [path, ...alternatives, ...hiddenBy, ...hides])];
  return new Set(paths.filter((path) => !path.includes("{")));
}

function personsFile(path: string, ours: readonly string[], created: boolean): PersonsFile | null {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || ours.includes("")) return null;
    const real = realpathSync(path);
    if (stat.size > MAX_READ) return { bytes: stat.size, crlf: false, blank: false, real };
    const text = readFileSync(path, "utf8");
    const own = withoutBlocks(text, syntaxIn(path));
    const bare = own.trimEnd();
    if (bare.trim() === "" && (created || bare.length < text.trim().length)) return null;
    const pointers = ours.filter((at) => at.startsWith("/"));
    if (created && pointers.length > 0 && isOnly(text, pointers)) return null;
    // Without the blank lines at its end, of which some came with our blocks.
    const bytes = bare === "" ? 0 : Buffer.byteLength(bare) + 1;
    return { bytes, crlf: text.includes("\r\n"), blank: bare.trim() === "", real };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return null;
    return { bytes: 0, crlf: false, blank: false, real: path };
  }
}

/** True if the JSON holds nothing beyond the values at `pointers` and what encloses them. */
function isOnly(text: string, pointers: readonly string[]): boolean {
  const errors: ParseError[] = [];
  const value: Json | undefined = parse(text, errors, { allowTrailingComma: true });
  if (value === undefined || errors.length > 0) return false;
  const tokens = pointers.map((pointer) =>
    pointer
      .slice(1)
      .split("/")
      .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
  return isCovered(value, tokens);
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isCovered(value: Json, tokens: readonly (readonly string[])[]): boolean {
  if (tokens.some((rest) => rest.length === 0)) return true;
  // Our entries of an array are named, not counted: as many as we have are ours.
  if (Array.isArray(value)) return value.length <= tokens.length;
  if (!isObject(value)) return false;
  return Object.entries(value).every(([key, member]) => {
    const inner = tokens.filter(([first]) => first === key).map((rest) => rest.slice(1));
    return inner.length > 0 && isCovered(member, inner);
  });
}

const swapCase = (name: string): string =>
  name.replaceAll(/[a-z]/gi, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));

function isSameFile(a: string, b: string): boolean {
  try {
    const [one, other] = [statSync(a), statSync(b)];
    return one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}

// Without writing: an entry that is found under its name with the case swapped too, and is the same one.
function isCaseInsensitive(root: string): boolean {
  const here = entriesOf(root).find((name) => swapCase(name) !== name);
  const [folder, name] = here === undefined ? [dirname(root), basename(root)] : [root, here];
  return swapCase(name) !== name && isSameFile(join(folder, name), join(folder, swapCase(name)));
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
