// What the text of a source means: a folder, a git repository, an npm package or an archive. Pure.
// Must not look whether it is there.
import { join, resolve } from "node:path";
import { AiwgError, invariant } from "../../core/errors.ts";
import { oneLine } from "../../core/text.ts";

/** A git repository. `ref` null: what its HEAD names. `sub`: the folder in it, "" for all. */
export type GitSpec = { readonly form: "git"; readonly url: string; readonly ref: string | null; readonly sub: string; readonly label: string };

/** A package of the user's npm registry; `range` is a version, range or tag. */
export type NpmSpec = { readonly form: "npm"; readonly name: string; readonly range: string; readonly label: string };

/** A gzipped tar archive: an address, or a path as it was typed. */
export type ArchiveSpec = { readonly form: "archive"; readonly at: { readonly url: string } | { readonly path: string }; readonly label: string };

export type FolderSpec = { readonly form: "folder"; readonly path: string };

/** What is fetched before it can be read. `label` is a name for the bundle where it has none of its own. */
export type RemoteSpec = GitSpec | NpmSpec | ArchiveSpec;
export type SourceSpec = FolderSpec | RemoteSpec;

// What relative paths count from, and what `~` stands for.
type At = { readonly base: string; readonly home: string };

const FORMS =
  "Write a folder as ./folder or /folder, a repository of GitHub as owner/repo or owner/repo/folder#tag, another as git+https://host/repo.git#tag, " +
  "an npm package as npm:name@range, an archive as ./file.tgz or https://host/file.tgz.";

const fail = (text: string, why: string, hint = FORMS): AiwgError => new AiwgError("usage", `source "${oneLine(text, 80)}" ${why}`, { hint });

const ARCHIVE = /\.(?:tgz|tar\.gz)$/i;
const PATH = /^(?:\.\.?(?:\/|$)|\/|~(?:\/|$))/;
const GITHUB = /^([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([A-Za-z0-9._-]{1,100})((?:\/[^/#]+)*)(?:#(.*))?$/;
// As git allows them, but for what would be an option, a refspec or an expression.
const REF = /^[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,254}$/;
const NPM_NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;
const NPM_RANGE = /^[A-Za-z0-9.^~<>=*][A-Za-z0-9.^~<>=|*+ _-]{0,127}$/;
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** A whole commit id, which names one content for ever. */
export const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

function refOf(text: string, ref: string | undefined): string | null {
  if (ref === undefined) return null;
  const odd = !REF.test(ref) || ref.includes("..") || ref.includes("@{") || ref.endsWith("/") || ref.endsWith(".lock");
  if (odd) throw fail(text, "does not end with the name of a branch, a tag or a whole commit id", "Write it as #v1.2.0 or #main.");
  return ref;
}

const stemOf = (path: string): string => path.split("/").findLast((part) => part !== "") ?? "";

function subOf(text: string, path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.some((part) => part === "." || part === ".." || part.includes("\\"))) throw fail(text, 'may not have "." or ".." in its folder');
  return parts.join("/");
}

function urlOf(text: string, url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null) throw fail(text, "has no valid address");
  if (parsed.password !== "" || (parsed.username !== "" && parsed.protocol !== "ssh:"))
    throw fail(text, "holds a user name or password, which would lie in files that you commit", "Let git's credential helper, or ssh, give them.");
  return parsed;
}

function gitSpec(text: string): GitSpec {
  const url = urlOf(text, text.slice("git+".length));
  // An address has no relative paths: ../g would be read as /g.
  if (/^git\+file:(?!\/)/i.test(text)) throw fail(text, "has no absolute path", "Write it as git+file:///folder/repository.");
  if (!["https:", "ssh:", "file:"].includes(url.protocol)) throw fail(text, "may be git+https, git+ssh or git+file only");
  if (url.protocol === "file:" ? url.host !== "" : url.hostname === "" || url.hostname.startsWith("-")) throw fail(text, "has no valid host");
  const ref = refOf(text, url.hash === "" ? undefined : decodeURIComponent(url.hash.slice(1)));
  url.hash = "";
  return { form: "git", url: url.href, ref, sub: "", label: stemOf(url.pathname).replace(/\.git$/, "") };
}

function githubSpec(text: string, [, owner = "", repo = "", path = "", ref]: RegExpExecArray): GitSpec {
  if (/^\.{1,2}$/.test(repo)) throw fail(text, "is not understood");
  const sub = subOf(text, path);
  const name = repo.replace(/\.git$/, "");
  return { form: "git", url: `https://github.com/${owner}/${name}.git`, ref: refOf(text, ref), sub, label: stemOf(sub) || name };
}

function npmSpec(text: string): NpmSpec {
  const spec = text.slice("npm:".length);
  const cut = spec.indexOf("@", 1);
  const name = cut === -1 ? spec : spec.slice(0, cut);
  const range = cut === -1 ? "latest" : spec.slice(cut + 1);
  if (!NPM_NAME.test(name) || name.length > 214) throw fail(text, "does not name an npm package", "Write it as npm:name, npm:@scope/name or npm:name@^1.2.");
  if (!NPM_RANGE.test(range)) throw fail(text, "has no valid version, range or tag after the @", "Write it as npm:name@^1.2.");
  return { form: "npm", name, range, label: stemOf(name) };
}

const archiveLabel = (path: string): string =>
  stemOf(path)
    .replace(ARCHIVE, "")
    .replace(/-v?\d+\.\d+.*$/, "");

function archiveUrl(text: string): ArchiveSpec {
  const url = urlOf(text, text);
  if (!ARCHIVE.test(url.pathname)) throw fail(text, "is not the address of an archive (.tgz)");
  if (url.protocol === "http:" && !LOOPBACK.has(url.hostname)) throw fail(text, "is not encrypted", "Use https.");
  url.hash = "";
  return { form: "archive", at: { url: url.href }, label: archiveLabel(url.pathname) };
}

/** Reads the text of a source. Throws `usage`, naming the forms. */
export function sourceSpec(text: string): SourceSpec {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw fail(text, "holds a control character");
  const isPath = PATH.test(text);
  if (ARCHIVE.test(text) && (isPath || !text.includes(":"))) return { form: "archive", at: { path: text }, label: archiveLabel(text) };
  if (isPath) return { form: "folder", path: text };
  if (text.startsWith("git+")) return gitSpec(text);
  if (text.startsWith("npm:")) return npmSpec(text);
  if (/^https?:\/\//i.test(text)) return archiveUrl(text);
  const github = GITHUB.exec(text);
  if (github) return githubSpec(text, github);
  throw fail(text, "is not understood", `${FORMS}${/^[\w.-]+$/.test(text) ? ` For a folder here, write ./${text}.` : ""}`);
}

/** True for a source that has to be fetched before it can be read. Throws `usage` for one that is not understood. */
export function isRemote(source: string): boolean {
  return sourceSpec(source).form !== "folder";
}

/** The path of an archive on this disk: `base` is what relative ones count from, `home` what `~` stands for. */
export function archivePath(path: string, { base, home }: At): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : resolve(base, path);
}

/** Reads the text of a source that is fetched. A folder is a defect of the caller. */
export function remoteSpec(text: string): RemoteSpec {
  const spec = sourceSpec(text);
  invariant(spec.form !== "folder", "a folder is not fetched");
  return spec;
}

/** All that the content of a source depends on, but for its revision: what it is called in the cache. */
export function identityOf(spec: RemoteSpec, at: At): string {
  if (spec.form === "git") return JSON.stringify(["git", spec.url, spec.sub]);
  if (spec.form === "npm") return JSON.stringify(["npm", spec.name]);
  return JSON.stringify(["archive", "url" in spec.at ? spec.at.url : archivePath(spec.at.path, at)]);
}

/** True if two sources to fetch name the same, in whatever words: the same ref or range of the same place. */
export function isSameRemote(one: RemoteSpec, other: RemoteSpec, at: At): boolean {
  const revision = (spec: RemoteSpec): string | null => (spec.form === "git" ? spec.ref : spec.form === "npm" ? spec.range : null);
  return identityOf(one, at) === identityOf(other, at) && revision(one) === revision(other);
}
