// The unified diff of a workspace, from where its work began to what lies in it now, safe to be shown. Must not know the link.
import { oneLine } from "../core/text.ts";
import { createGit, LOCAL_MS } from "./git.ts";
import type { Redactor } from "./redact.ts";
import { type SideOptions, withSideTree } from "./side-tree.ts";
import type { Origin } from "./workspace-record.ts";

/** Bytes of a diff that are shown. */
const MAX_BYTES = 512 * 1024;
/** As JSON it must fit a frame: control characters make six bytes of one. */
const MAX_JSON_BYTES = 900 * 1024;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Read before it is redacted and cut. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

const FLAGS = ["-r", "-p", "-M", "--no-ext-diff", "--no-textconv", "--no-color"];

/** The text, cut at a line end where it is too long, which is said. */
export function cutDiff(text: string): string {
  if (Buffer.byteLength(text) <= MAX_BYTES && Buffer.byteLength(JSON.stringify(text)) <= MAX_JSON_BYTES) return text;
  let kept = Buffer.from(text).subarray(0, MAX_BYTES).toString("utf8");
  while (Buffer.byteLength(JSON.stringify(kept)) > MAX_JSON_BYTES) kept = kept.slice(0, Math.floor(kept.length * 0.75));
  return `${kept.slice(0, kept.lastIndexOf("\n") + 1)}# [diff cut after ${Math.floor(Buffer.byteLength(kept) / 1024)} KiB of ${Math.ceil(Buffer.byteLength(text) / 1024)} KiB]\n`;
}

/** Base to workspace, with uncommitted and new files. Lines of our own begin with #. Rejects with workspace_failed. */
export function workspaceDiff(
  root: string,
  origin: Origin | null,
  options: Omit<SideOptions, "maxFileBytes"> & { readonly redactor: Redactor },
): Promise<string> {
  return withSideTree(root, origin, { ...options, maxFileBytes: MAX_FILE_BYTES }, async ({ folder, base, tree, leftOut, missed }) => {
    const git = createGit({ ...options.env, GIT_DIR: folder }, { cutAt: MAX_READ_BYTES, timeoutMs: LOCAL_MS });
    const text = await git(folder, ["diff-tree", ...FLAGS, base, tree]);
    const notes = leftOut.map((path) => `# left out, larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB: ${oneLine(path, 500)}\n`);
    notes.push(...missed.map(({ path, why }) => `# not shown: ${oneLine(path, 500)} (${why})\n`));
    return cutDiff(options.redactor.all(notes.join("") + text));
  });
}
