// SQLite opened our way: version gate, durable settings, ownership marks, numbered migrations. Must not know any table.
import { chmodSync, closeSync, linkSync, openSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AiwgError, isAiwgError, messageOf } from "../errors.ts";
import { hasErrno, makePrivateDir } from "./fs.ts";

/** What a database of ours is: a mark in its header, and the steps that build it. Step n makes version n+1. */
export type Schema = { readonly applicationId: number; readonly what: string; readonly migrations: readonly string[] };

// The WAL-reset corruption bug is fixed from here on (sqlite.org/wal.html).
const MIN_SQLITE = [3, 51, 3] as const;

/** Throws `node_unsupported` if the SQLite inside this Node can corrupt a WAL database. */
export function requireSafeSqlite(version = process.versions["sqlite"]): void {
  const parts = (version ?? "0").split(".").map(Number);
  for (const [i, least] of MIN_SQLITE.entries()) {
    const part = parts[i] ?? 0;
    if (part > least) return;
    if (part < least) throw new AiwgError("node_unsupported", `Node ${process.version} carries SQLite ${version ?? "none"}; 3.51.3 or newer is needed`);
  }
}

/** SQLite's result code of a thrown error (primary code, https://sqlite.org/rescode.html), or undefined. */
export function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}
export const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, CONSTRAINT: 19, NOTADB: 26 } as const;

/** Our error for what SQLite threw at `path`. */
export function sqliteError(error: unknown, path: string, what: string): AiwgError {
  if (isAiwgError(error)) return error;
  const code = sqliteCode(error);
  const options = { cause: error };
  if (code === SQLITE.NOTADB || code === SQLITE.CORRUPT)
    return new AiwgError("store_corrupt", `${path} is not a readable ${what}: ${messageOf(error)}`, options);
  const system = error instanceof Error && "code" in error;
  return new AiwgError(system ? "store_unavailable" : "internal", `${what} ${path}: ${messageOf(error)}`, options);
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

// The version of a file that is ours; 0 for a new one. Throws for one that is not, having changed nothing in it.
function versionOf(db: DatabaseSync, schema: Schema, path: string): number {
  const latest = schema.migrations.length;
  const version = Number(pragma(db, "user_version"));
  const application = Number(pragma(db, "application_id"));
  const fresh = version === 0 && application === 0 && Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]) === 0;
  if (!fresh && application !== schema.applicationId)
    throw new AiwgError("store_corrupt", `${path} is a database of another program, not a ${schema.what} of aiwg`);
  if (version > latest) throw new AiwgError("store_version", `${path} is a ${schema.what} of version ${version}; this aiwg knows versions up to ${latest}`);
  return version;
}

function migrate(db: DatabaseSync, schema: Schema, path: string): void {
  const latest = schema.migrations.length;
  if (versionOf(db, schema, path) === latest) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have migrated while we waited for the lock.
    for (const step of schema.migrations.slice(versionOf(db, schema, path))) db.exec(step);
    db.exec(`PRAGMA application_id = ${schema.applicationId}; PRAGMA user_version = ${latest}`);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

// Our transactions change a few short rows, and each changed page is summed, written and synced whole. What is longer than a page
// goes on in others.
const PAGE_BYTES = 2_048;

// A new file appears whole or not at all, so that an empty one is never ours in the making: it has lost what it held.
function create(path: string, schema: Schema): void {
  makePrivateDir(dirname(path));
  const temporary = `${path}.${process.pid}-${Math.trunc(performance.now() * 1_000)}.new`;
  try {
    // SQLite gives what it puts beside a database the same mode.
    closeSync(openSync(temporary, "wx", 0o600));
    const db = new DatabaseSync(temporary);
    db.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL`);
    migrate(db, schema, temporary);
    db.close();
    linkSync(temporary, path);
  } catch (error) {
    // Another process was first.
    if (!hasErrno(error, "EEXIST")) throw error;
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${temporary}${suffix}`, { force: true });
  }
}

// What lies in a folder that others may enter is still its owner's alone; older versions left that to the folder.
function closeToOthers(path: string): void {
  const file = realpathSync(path);
  for (const at of ["", "-wal", "-shm"].map((suffix) => `${file}${suffix}`)) {
    const mode = statSync(at, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) === 0) continue;
    try {
      chmodSync(at, mode & 0o700);
    } catch (error) {
      // Somebody else's, on a disk that cannot be written, or gone by now: opening it says what there is to say.
      if (!["EPERM", "EROFS", "ENOENT"].some((code) => hasErrno(error, code))) throw error;
    }
  }
}

/**
 * Opens (and, if need be, makes and migrates) a database, readable for its owner alone: WAL, `synchronous=FULL`, so that a committed
 * transaction survives a power cut. Throws store_version, store_corrupt or store_unavailable, naming the path.
 */
export function openDatabase(path: string, schema: Schema): DatabaseSync {
  requireSafeSqlite();
  let db: DatabaseSync | undefined;
  try {
    const file = statSync(path, { throwIfNoEntry: false });
    if (!file) create(path, schema);
    else if (file.size === 0) throw new AiwgError("store_corrupt", `${path} is empty: what this ${schema.what} held is lost`);
    closeToOthers(path);
    db = new DatabaseSync(path, { timeout: 5_000 });
    // Before anything is written: the journal mode stays in the file.
    versionOf(db, schema, path);
    db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1");
    // What a savepoint may have to undo is kept in memory, not in a file in the temp folder.
    db.exec("PRAGMA temp_store=MEMORY");
    migrate(db, schema, path);
    return db;
  } catch (error) {
    db?.close();
    throw sqliteError(error, path, schema.what);
  }
}
