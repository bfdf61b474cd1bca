// A gzipped tar archive as entries: hostile input, unpacked in memory within bounds. Must not write anything.
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { AiwgError, isAiwgError, messageOf } from "../../core/errors.ts";
import { humanBytes, oneLine } from "../../core/text.ts";
import { OWN_FOLDERS } from "../parse/layout.ts";
import { type Entries, newEntries } from "./entries.ts";
import type { FetchLimits } from "./limits.ts";

async function contentOf({ body, header }: ParsedTarEntry): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(header.size);
  let at = 0;
  for await (const chunk of body) at += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).copy(bytes, at);
  return bytes;
}

// One more name for a file that came before: counted as often as it is there.
function hardLink(entries: Entries, shown: string, path: string, target: string): void {
  const file = entries.get(target.replace(/^\.\//, ""));
  if (file?.type !== "file")
    throw new AiwgError("source_unusable", `${shown}: "${oneLine(path, 120)}" is a hard link to what is no file before it in the archive; nothing was written`);
  entries.admit(path, file.bytes?.length ?? 0);
  entries.put(path, file);
}

async function take(entry: ParsedTarEntry, entries: Entries, shown: string, limits: FetchLimits): Promise<void> {
  const { header, body } = entry;
  const path = header.name.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
  const type = header.type ?? "file";
  if (type !== "file") await body.cancel();
  if (path === "" || path === ".") return type === "file" ? body.cancel() : undefined;
  if (type === "link") return hardLink(entries, shown, path, header.linkname ?? "");
  if (type !== "file" && type !== "directory" && type !== "symlink")
    throw new AiwgError("source_unusable", `${shown}: "${oneLine(path, 120)}" is a ${type}; only files, folders and links are taken; nothing was written`);
  entries.admit(path, type === "file" ? header.size : 0);
  if (type === "directory") return entries.put(path, { type: "folder" });
  if (type === "symlink") return entries.put(path, { type: "link", target: header.linkname ?? "" });
  const tooLarge = header.size > limits.fileBytes;
  if (tooLarge) await body.cancel();
  entries.put(path, { type: "file", bytes: tooLarge ? null : await contentOf(entry), executable: ((header.mode ?? 0) & 0o100) !== 0 });
}

// A small archive can swell to any size.
function bounded(shown: string, limits: FetchLimits): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= limits.unpackedBytes) return done(null, chunk);
      done(
        new AiwgError("too_large", `${shown} unpacks to more than ${humanBytes(limits.unpackedBytes)}; nothing was written`, { hint: "Use a smaller source." }),
      );
    },
  });
}

/** A gzip file says so in its first two bytes. */
export const isGzip = (first: Uint8Array): boolean => first[0] === 0x1f && first[1] === 0x8b;

const ZIP = Buffer.from("PK");

const notAnArchive = (shown: string, why: string, cause?: unknown): AiwgError =>
  new AiwgError("source_unusable", `${shown} is not a whole gzipped tar archive: ${why}`, { cause });

function refuseOther(bytes: Uint8Array, shown: string): void {
  if (bytes.length === 0) throw notAnArchive(shown, "it is empty");
  if (ZIP.equals(bytes.subarray(0, ZIP.length))) throw notAnArchive(shown, "it is a zip archive");
  if (!isGzip(bytes)) throw notAnArchive(shown, "it is not gzipped");
}

// What unpacks throws an error without words, with the reason as its cause.
const reasonOf = (error: unknown): string => messageOf(error) || (error instanceof Error ? messageOf(error.cause) : "");

/** What the archive holds. Throws `source_unusable`, `path_escape`, `too_large`. */
export async function unpack(bytes: Uint8Array, shown: string, limits: FetchLimits): Promise<Entries> {
  refuseOther(bytes, shown);
  const entries = newEntries(shown, limits);
  const gunzip = createGunzip();
  const limit = bounded(shown, limits);
  gunzip.on("error", (error) => limit.destroy(error));
  limit.on("close", () => gunzip.destroy());
  gunzip.pipe(limit);
  gunzip.end(bytes);
  try {
    for await (const entry of Readable.toWeb(limit).pipeThrough(createTarDecoder({ strict: true }))) await take(entry, entries, shown, limits);
  } catch (error) {
    limit.destroy();
    if (isAiwgError(error)) throw error;
    throw notAnArchive(shown, oneLine(reasonOf(error), 200), error);
  }
  return entries;
}

/** The one folder that an archive is packed in, as those of npm and of forges are; undefined where it is the bundle itself. */
export function wrapperOf(entries: Entries): string | undefined {
  const tops = new Set(entries.paths().map((path) => path.split("/", 1)[0] ?? ""));
  const [top = ""] = tops;
  const own: readonly string[] = OWN_FOLDERS;
  const wraps = tops.size === 1 && !top.startsWith(".") && !own.includes(top) && entries.get(top) === undefined;
  return wraps ? top : undefined;
}
