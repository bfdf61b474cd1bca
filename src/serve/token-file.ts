// The local admin token in its private file (security statement 3): made on first start, refused when others could read it.
// Must not know what the token allows.
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { AiwgError, messageOf } from "../core/errors.ts";
import { mintSecret } from "../core/ids.ts";
import { diskFault, hasErrno, makePrivateDir } from "../core/node/fs.ts";

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

function unsafe(path: string, why: string, hint: string): AiwgError {
  return new AiwgError("token_file_unsafe", `${path} ${why}`, { hint });
}

function requireOwn(path: string, stat: { readonly uid: number; readonly mode: number }, mode: "600" | "700"): void {
  const uid = process.getuid?.();
  if (uid !== undefined && stat.uid !== uid) throw unsafe(path, "belongs to another user", `chown it to yourself, or set AIWG_HOME to a folder of your own.`);
  if ((stat.mode & 0o077) !== 0) throw unsafe(path, "is open to other users", `chmod ${mode} ${path}`);
}

// Written elsewhere and linked into place: whoever reads the file sees a whole token or none, and only one creator wins.
function create(path: string): void {
  const draft = `${path}.${process.pid}.new`;
  rmSync(draft, { force: true });
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      writeSync(file, `${mintSecret()}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(draft, path);
  } catch (error) {
    if (!hasErrno(error, "EEXIST")) throw diskFault(error, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return undefined;
    if (hasErrno(error, "ELOOP")) throw unsafe(path, "is a symbolic link", "Remove the link; serve makes a file of its own.");
    throw unsafe(path, `cannot be opened: ${messageOf(error)}`, `chmod 600 ${path}, and own it.`);
  }
}

/** The token in the file, made if there is none. Throws `token_file_unsafe`; `output_failed` where the disk is full. */
export function loadLocalToken(path: string): string {
  makePrivateDir(dirname(path));
  requireOwn(dirname(path), statSync(dirname(path)), "700");
  let file = open(path);
  if (file === undefined) {
    create(path);
    file = open(path);
  }
  if (file === undefined) throw unsafe(path, "disappeared while serve started", "Start serve again.");
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw unsafe(path, "is not a file", "Remove it; serve makes a file of its own.");
    requireOwn(path, stat, "600");
    const token = readFileSync(file, "utf8").trim();
    if (!TOKEN.test(token)) throw unsafe(path, "does not hold a token of serve", "Remove it; serve makes a new one.");
    return token;
  } finally {
    closeSync(file);
  }
}
