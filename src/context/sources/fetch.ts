// Sources from elsewhere brought here: the revision that the lock names, from the cache where it is there; else what the source names
// now. Nothing of a source is ever executed. Must not know platforms, nor what a deploy would do.
import { hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import type { Env } from "../../core/node/paths.ts";
import { humanBytes, oneLine } from "../../core/text.ts";
import { type Bundle, readBundle } from "../parse/bundle.ts";
import { unpack, wrapperOf } from "./archive.ts";
import { type SourceCache, sourceCache } from "./cache.ts";
import { download } from "./download.ts";
import type { Entries } from "./entries.ts";
import { fetchGit } from "./git.ts";
import { FETCH_LIMITS, type FetchLimits } from "./limits.ts";
import { fetchNpm } from "./npm.ts";
import { type ArchiveSpec, archivePath, COMMIT, identityOf, type RemoteSpec, remoteSpec } from "./spec.ts";

/** What the lock remembers of a source: commit, version, or sha512 of an archive; and the sha256 of the bundle as it was read. */
export type Pin = { readonly rev: string; readonly integrity: string };

/** A bundle from elsewhere, read. `folder` is in the cache and not to be changed; `shown` is the source as messages name it. */
export type Fetched = { readonly source: string; readonly folder: string; readonly shown: string; readonly rev: string; readonly bundle: Bundle };

/** The user's cache folder; what relative paths count from; what `~` stands for. */
export type CachePlace = { readonly cache: string; readonly base: string; readonly home: string };

export type FetchDeps = CachePlace & {
  readonly env: Env;
  /** Told before anything is fetched. */
  readonly say: (line: string) => void;
  /** Told now and then how many bytes have come of it. */
  readonly progress?: (bytes: number) => void;
  readonly limits?: FetchLimits;
};

type Job = {
  readonly spec: RemoteSpec;
  readonly source: string;
  readonly shown: string;
  readonly deps: FetchDeps;
  readonly limits: FetchLimits;
  readonly cache: SourceCache;
};
type Tree = { readonly folder: string; readonly rev: string };

async function archiveBytes({ spec, shown, deps, limits }: Job & { readonly spec: ArchiveSpec }): Promise<Buffer> {
  if ("url" in spec.at) return download(spec.at.url, limits, (bytes) => deps.progress?.(bytes));
  const path = archivePath(spec.at.path, deps);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new AiwgError("not_found", `${shown}: there is no such file`, { hint: "Check the path." });
  if (!stats.isFile())
    throw new AiwgError("usage", `${shown} is not a file`, { hint: "Name a .tgz file, or the folder of a bundle without .tgz in its name." });
  if (stats.size > limits.packedBytes)
    throw new AiwgError("too_large", `${shown} is larger than ${humanBytes(limits.packedBytes)}`, { hint: "Use a smaller source." });
  return readFileSync(path);
}

const writer = (entries: Entries, strip: string | undefined) => (folder: string) => entries.write(folder, strip);

// Fetches what the source names now, or `wanted`, and puts it into the cache.
async function bring(job: Job, wanted: string | null): Promise<Tree> {
  const { spec, shown, source, cache, limits, deps } = job;
  const keep = (rev: string, fill: (folder: string) => void): Tree => ({ rev, folder: cache.store(source, rev, spec.label, fill) });
  const fromArchive = async (rev: string, bytes: Buffer): Promise<Tree> => {
    const entries = await unpack(bytes, shown, limits);
    return keep(rev, writer(entries, wrapperOf(entries)));
  };
  deps.say(`fetching ${shown}`);
  if (spec.form === "archive") {
    const bytes = await archiveBytes({ ...job, spec });
    const rev = `sha512-${hash("sha512", bytes, "base64")}`;
    if (wanted !== null && wanted !== rev)
      throw new AiwgError("state_conflict", `${shown} is pinned at ${wanted}, but is ${rev} now; nothing was written`, {
        hint: "Take the new one with aiwg update, once you have looked at it.",
      });
    return fromArchive(rev, bytes);
  }
  return cache.scratch(async (scratch) => {
    const place = { shown, folder: join(scratch, "work"), env: deps.env, limits, told: (bytes: number) => deps.progress?.(bytes) };
    if (spec.form === "npm") {
      const { rev, bytes } = await fetchNpm({ ...place, spec }, wanted);
      return fromArchive(rev, bytes);
    }
    const { rev, read } = await fetchGit({ ...place, spec }, wanted);
    const known = cache.find(source, rev, spec.label);
    return known === undefined ? keep(rev, writer(await read(), undefined)) : { rev, folder: known };
  });
}

type Request = { readonly name?: string; readonly pin: Pin | null };

const cacheOf = ({ cache }: CachePlace): SourceCache => sourceCache(join(cache, "sources"));
const shownSource = (source: string): string => oneLine(source, 200);
const isPinned = (pin: Pin | null, { bundle }: Fetched): boolean => pin === null || `sha256-${bundle.integrity}` === pin.integrity;

function readTree(source: string, { folder, rev }: Tree, name: string | undefined): Fetched {
  const shown = shownSource(source);
  return { source, folder, shown, rev, bundle: readBundle(folder, { shown, ...(name !== undefined && { name }) }) };
}

// A source whose text, or whose pin, names one content for ever.
function wantedOf(spec: RemoteSpec, pin: Pin | null): string | null {
  return pin?.rev ?? (spec.form === "git" && spec.ref !== null && COMMIT.test(spec.ref) ? spec.ref : null);
}

/** A pinned source from the cache; undefined where it is not there, or is not what the pin says. Asks no network and writes nothing. */
export function cachedBundle(source: string, { name, pin, deps }: Request & { readonly deps: CachePlace }): Fetched | undefined {
  const spec = remoteSpec(source);
  const rev = wantedOf(spec, pin);
  const folder = rev === null ? undefined : cacheOf(deps).find(identityOf(spec, deps), rev, spec.label);
  if (rev === null || folder === undefined) return undefined;
  const fetched = readTree(source, { folder, rev }, name);
  return isPinned(pin, fetched) ? fetched : undefined;
}

/**
 * Brings a source here and reads it as a bundle. With a pin it is exactly that revision and content; from the cache without network
 * where it is there. `name` is the bundle's name where it is known. Throws `state_conflict` where pin and source disagree, what fetching
 * throws, and as `readBundle`.
 */
export async function fetchBundle(source: string, { name, pin, deps }: Request & { readonly deps: FetchDeps }): Promise<Fetched> {
  const cached = cachedBundle(source, { pin, deps, ...(name !== undefined && { name }) });
  if (cached) return cached;
  const spec = remoteSpec(source);
  const cache = cacheOf(deps);
  const job: Job = { spec, shown: shownSource(source), deps, cache, source: identityOf(spec, deps), limits: deps.limits ?? FETCH_LIMITS };
  const wanted = wantedOf(spec, pin);
  // Somebody changed what lies in the cache: what the source says counts.
  if (wanted !== null) cache.drop(job.source, wanted);
  const fetched = readTree(source, await bring(job, wanted), name);
  if (isPinned(pin, fetched)) return fetched;
  throw new AiwgError(
    "state_conflict",
    `${job.shown} at ${fetched.rev} has other content than aiwg.lock says: sha256-${fetched.bundle.integrity}, not ${pin?.integrity ?? ""}; nothing was written`,
    { hint: "Find out why it changed; aiwg update takes the new content." },
  );
}
