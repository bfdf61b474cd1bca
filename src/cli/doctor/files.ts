// Examines our files: who may read them, whether databases are whole, whether locks are somebody's, room on the disk.
// Must not migrate or repair a database.
import { chmodSync, existsSync, readdirSync, rmSync, statSync, statfsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { bridgeLockPath } from "../../bridge/bridge.ts";
import { messageOf } from "../../core/errors.ts";
import { isLocked, lockHolder } from "../../core/node/lock.ts";
import type { Places } from "../../core/node/paths.ts";
import { liveServe, readServeFile } from "../../core/node/serve-file.ts";
import { oneLine } from "../../core/text.ts";
import type { Examination, Finding } from "./finding.ts";

const MIB = 1024 * 1024;
const LEAST_FREE = { fail: 100 * MIB, warn: 1024 * MIB } as const;
const FAULTS_SHOWN = 3;

function privacy(id: string, path: string, mode: 0o600 | 0o700): Finding[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.uid !== process.getuid?.())
    return [{ id, status: "fail", message: `${path} belongs to another user`, hint: "Set AIWG_HOME to a folder of your own." }];
  if ((stat.mode & 0o077) === 0) return [{ id, status: "ok", message: `${path} is private` }];
  const octal = mode.toString(8);
  return [
    {
      ...{ id, status: "fail", message: `${path} is open to other users (${(stat.mode & 0o777).toString(8)})`, hint: `chmod ${octal} ${path}` },
      fix: { what: `chmod ${octal}`, apply: () => chmodSync(path, mode) },
    },
  ];
}

/** State, tokens and secrets are for their owner alone. */
export const permissions: Examination = {
  id: "permissions",
  examine: ({ places }) => [
    ...privacy("file.state", places.state, 0o700),
    ...privacy("file.token", places.token, 0o600),
    ...privacy("file.serve", places.serveFile, 0o600),
    ...privacy("file.bridge-token", join(places.state, "bridge-token.json"), 0o600),
    ...privacy("file.secrets", join(places.config, "secrets.env"), 0o600),
  ],
};

function executorHomes(places: Places): string[] {
  const ids = join(places.executor, "ids");
  return existsSync(ids) ? readdirSync(ids).map((id) => join(ids, id)) : [];
}

function inboxes(places: Places): string[] {
  return executorHomes(places).flatMap((home) =>
    readdirSync(home)
      .map((key) => join(home, key, "inbox.db"))
      .filter((path) => existsSync(path)),
  );
}

function integrity(id: string, what: string, path: string): Finding[] {
  if (!existsSync(path)) return [];
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    const said = db
      .prepare(`PRAGMA quick_check(${FAULTS_SHOWN})`)
      .all()
      .map((row) => String(Object.values(row)[0]));
    if (said.length === 1 && said[0] === "ok") return [{ id, status: "ok", message: `${what} is whole (${path})` }];
    return [
      {
        id,
        status: "fail",
        message: `${what} ${path} is damaged: ${oneLine(said.join("; "), 200)}`,
        hint: "Stop everything, then restore it from a backup, or move it away.",
      },
    ];
  } catch (error) {
    return [
      { id, status: "fail", message: `${what} ${path} cannot be read: ${oneLine(messageOf(error), 200)}`, hint: "Restore it from a backup, or move it away." },
    ];
  } finally {
    db?.close();
  }
}

/** Each database read through by SQLite, without a copy and without writing. */
export const databases: Examination = {
  id: "databases",
  async examine(cli) {
    const { serve = {} } = await cli.config();
    return [
      ...integrity("db.queue", "the queue", cli.places.queue),
      ...integrity("db.store", "serve's store", serve.store ?? cli.places.store),
      ...inboxes(cli.places).flatMap((path) => integrity("db.inbox", "an executor's inbox", path)),
    ];
  },
};

function staleLock(path: string): Finding[] {
  const holder = existsSync(path) ? lockHolder(path) : undefined;
  if (!holder || isLocked(path)) return [];
  const note = `${path}.json`;
  return [
    {
      ...{ id: "lock", status: "fail", message: `${note} says that process ${holder.pid} holds ${basename(path)}, but nobody does` },
      // Asked again: somebody may have taken it meanwhile.
      fix: { what: "remove the note", apply: () => (isLocked(path) ? undefined : rmSync(note, { force: true })) },
    },
  ];
}

/** Notes of holders that are gone; the locks themselves are freed by the system. */
export const locks: Examination = {
  id: "locks",
  examine({ places }) {
    const paths = [bridgeLockPath(places.queue), `${places.store}.lock`, ...executorHomes(places).map((home) => join(home, "lock"))];
    const stale = paths.flatMap(staleLock);
    const file = readServeFile(places.serveFile);
    if (file && !liveServe(places.serveFile)) {
      stale.push({
        ...{ id: "lock.serve", status: "fail", message: `${places.serveFile} names a serve that does not live (process ${file.pid})` },
        fix: { what: "remove it", apply: () => (liveServe(places.serveFile) ? undefined : rmSync(places.serveFile, { force: true })) },
      });
    }
    return stale.length > 0 ? stale : [{ id: "lock", status: "ok", message: "no note of a process that is gone" }];
  },
};

/** Room where the state lies. */
export const disk: Examination = {
  id: "disk",
  examine({ places }) {
    let folder = places.state;
    while (!existsSync(folder)) folder = dirname(folder);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const message = `${Math.floor(free / MIB)} MiB free where the state lies (${folder})`;
    const status = free < LEAST_FREE.fail ? "fail" : free < LEAST_FREE.warn ? "warn" : "ok";
    return [{ id: "disk", status, message, ...(status === "ok" ? {} : { hint: "See aiwg mc clean --dry-run." }) }];
  },
};
