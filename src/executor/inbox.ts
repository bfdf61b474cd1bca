// The executor's durable memory towards one serve: runs (intent before anything is spawned) and reports until they are
// acknowledged. Must not know processes, sockets or agents.
import type { DatabaseSync } from "node:sqlite";
import { mintSecret } from "../core/ids.ts";
import { GroupCommit } from "../core/node/group-commit.ts";
import type { ProcessId } from "../core/node/processes.ts";
import { openDatabase, type Schema } from "../core/node/sqlite.ts";
import type { ReportEvent, RunRef } from "../mission/wire/frames.ts";

const SCHEMA: Schema = {
  applicationId: 0x61776578, // "awex"
  what: "executor inbox",
  migrations: [
    `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
     CREATE TABLE run (
       mission_id TEXT PRIMARY KEY, attempt INTEGER NOT NULL, phase TEXT NOT NULL, on_lost TEXT NOT NULL,
       marker TEXT, pid INTEGER, start TEXT, boot TEXT
     ) STRICT;
     CREATE INDEX run_open ON run (mission_id) WHERE phase <> 'ended';
     CREATE TABLE report (
       src_seq INTEGER PRIMARY KEY AUTOINCREMENT, mission_id TEXT NOT NULL, attempt INTEGER NOT NULL,
       event TEXT NOT NULL, ts TEXT NOT NULL, data TEXT NOT NULL
     ) STRICT;`,
  ],
};

/** accepted: nothing spawned yet · spawning: a supervisor may exist, findable by marker · running · ended: nothing of it lives. */
export type Phase = "accepted" | "spawning" | "running" | "ended";

export type StoredRun = {
  readonly mission_id: string;
  /** The greatest attempt ever seen of this mission. */
  readonly attempt: number;
  readonly phase: Phase;
  readonly on_lost: string;
  readonly marker: string | null;
  readonly leader: ProcessId | null;
  /** The boot in which `leader` was started: no process survives another one. */
  readonly boot: string | null;
};

export type Report = RunRef & { readonly src_seq: number; readonly event: ReportEvent; readonly ts: string; readonly data: Readonly<Record<string, unknown>> };

/** What changes of a run together with a report. */
export type RunPatch = { readonly phase?: Phase; readonly marker?: string; readonly leader?: ProcessId; readonly boot?: string };

export type Inbox = {
  /** Random per file. */
  readonly epoch: string;
  find(missionId: string): StoredRun | undefined;
  /** Runs that have not ended. */
  open(): StoredRun[];
  /** Stores a newer attempt of a mission. Resolves when it is on disk. */
  accept(run: RunRef, onLost: string, phase?: Phase): Promise<void>;
  /** Changes a run; ignored if a newer attempt has taken its row. */
  patch(run: RunRef, patch: RunPatch): Promise<void>;
  /** Appends a report, in one transaction with `patch`; resolves with its src_seq once it is on disk. */
  report(run: RunRef, event: ReportEvent, ts: string, data: Readonly<Record<string, unknown>>, patch?: RunPatch): Promise<number>;
  /** Reports on disk that are not acknowledged, oldest first, from after `srcSeq`. */
  pending(srcSeq: number): readonly Report[];
  /** Forgets reports up to and with `srcSeq`. */
  acknowledge(srcSeq: number): void;
  close(): void;
};

function rowToRun(row: Record<string, unknown>): StoredRun {
  const { pid, start } = row;
  return {
    mission_id: String(row["mission_id"]),
    attempt: Number(row["attempt"]),
    phase: row["phase"] as Phase,
    on_lost: String(row["on_lost"]),
    marker: row["marker"] as string | null,
    leader: typeof pid === "number" && typeof start === "string" ? { pid, start } : null,
    boot: row["boot"] as string | null,
  };
}

function rowToReport(row: Record<string, unknown>): Report {
  return {
    mission_id: String(row["mission_id"]),
    attempt: Number(row["attempt"]),
    src_seq: Number(row["src_seq"]),
    event: row["event"] as ReportEvent,
    ts: String(row["ts"]),
    data: JSON.parse(String(row["data"])) as Record<string, unknown>,
  };
}

function epochOf(db: DatabaseSync): string {
  db.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('epoch', ?)").run(mintSecret().slice(0, 22));
  return String(db.prepare("SELECT value FROM meta WHERE key = 'epoch'").get()?.["value"]);
}

/** Opens the inbox at `path`. `onReport` is called when reports have reached the disk. */
export function openInbox(path: string, onReport: () => void = () => {}): Inbox {
  const db = openDatabase(path, SCHEMA);
  const commits = new GroupCommit(db);
  const epoch = epochOf(db);
  const find = db.prepare("SELECT * FROM run WHERE mission_id = ?");
  const open = db.prepare("SELECT * FROM run WHERE phase <> 'ended'");
  const accept = db.prepare(
    `INSERT INTO run (mission_id, attempt, phase, on_lost) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     attempt = excluded.attempt, phase = excluded.phase, on_lost = excluded.on_lost, marker = NULL, pid = NULL, start = NULL, boot = NULL
     WHERE excluded.attempt > run.attempt`,
  );
  const change = db.prepare(
    `UPDATE run SET phase = coalesce(?, phase), marker = coalesce(?, marker), pid = coalesce(?, pid), start = coalesce(?, start), boot = coalesce(?, boot)
     WHERE mission_id = ? AND attempt = ?`,
  );
  const append = db.prepare("INSERT INTO report (mission_id, attempt, event, ts, data) VALUES (?, ?, ?, ?, ?)");
  const forget = db.prepare("DELETE FROM report WHERE src_seq <= ?");
  // The unacknowledged reports, mirrored: asked for on every wake-up of the link.
  let mirror = db.prepare("SELECT * FROM report ORDER BY src_seq").all().map(rowToReport);

  const apply = (run: RunRef, patch: RunPatch): void => {
    const { phase, marker, leader, boot } = patch;
    change.run(phase ?? null, marker ?? null, leader?.pid ?? null, leader?.start ?? null, boot ?? null, run.mission_id, run.attempt);
  };

  return {
    epoch,
    find(missionId) {
      const row = find.get(missionId);
      return row === undefined ? undefined : rowToRun(row);
    },
    open: () => open.all().map(rowToRun),
    accept: (run, onLost, phase = "accepted") => commits.run(() => void accept.run(run.mission_id, run.attempt, phase, onLost)),
    patch: (run, patch) => commits.run(() => apply(run, patch)),
    async report(run, event, ts, data, patch) {
      const ref = { mission_id: run.mission_id, attempt: run.attempt };
      const report = await commits.run((): Report => {
        if (patch) apply(run, patch);
        const { lastInsertRowid } = append.run(ref.mission_id, ref.attempt, event, ts, JSON.stringify(data));
        return { ...ref, src_seq: Number(lastInsertRowid), event, ts, data };
      });
      mirror.push(report);
      onReport();
      return report.src_seq;
    },
    pending: (srcSeq) => mirror.filter((report) => report.src_seq > srcSeq),
    acknowledge(srcSeq) {
      if (mirror.length === 0 || (mirror[0]?.src_seq ?? 0) > srcSeq) return;
      mirror = mirror.filter((report) => report.src_seq > srcSeq);
      // A lost deletion only means a repeat, which serve knows by its number.
      commits.run(() => forget.run(srcSeq)).catch(() => {});
    },
    close() {
      commits.close();
      db.close();
    },
  };
}
