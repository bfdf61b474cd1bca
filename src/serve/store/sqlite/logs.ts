// Transcripts in the store: appended at the executor's byte offsets, bounded per mission. Must not know what they say.
import type { RunRef } from "../../../mission/wire/frames.ts";
import { findMission } from "./mission-rows.ts";
import type { Tx } from "./tx.ts";

/** Bytes kept of one mission's transcript. */
const CAP = 16 * 1024 * 1024;
/** Bytes answered at once. */
const PAGE = 1024 * 1024;

type Head = { attempt: number; expected: number; size: number; capped: number };

/** Appends what is new of `text` at `offset`; says a gap or the cap inside the transcript. Ignored without ownership. */
export function appendLog(tx: Tx, run: RunRef, executorId: string, offset: number, text: string): void {
  const row = findMission(tx, run.mission_id);
  if (!row || row.fence !== run.attempt || row.executor_id !== executorId) return;
  const head = tx.get<Head>("SELECT * FROM log_head WHERE mission_id = ?", run.mission_id) ?? { attempt: run.attempt, expected: 0, size: 0, capped: 0 };
  if (head.attempt !== run.attempt) Object.assign(head, { attempt: run.attempt, expected: 0 });
  if (head.capped === 1) return;

  const bytes = Buffer.from(text, "utf8");
  const end = offset + bytes.length;
  if (end <= head.expected) return;
  const gap = offset > head.expected ? Buffer.from(`\n[${offset - head.expected} bytes of the transcript did not arrive]\n`) : Buffer.alloc(0);
  let fresh = Buffer.concat([gap, bytes.subarray(Math.max(0, head.expected - offset))]);
  if (head.size + fresh.length > CAP) {
    fresh = Buffer.concat([fresh.subarray(0, Math.max(0, CAP - head.size)), Buffer.from("\n[transcript cut: 16 MiB reached]\n")]);
    head.capped = 1;
  }
  tx.run("INSERT INTO log (mission_id, pos, bytes) VALUES (?, ?, ?)", run.mission_id, head.size, fresh);
  tx.run(
    `INSERT INTO log_head (mission_id, attempt, expected, size, capped) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET attempt = excluded.attempt, expected = excluded.expected, size = excluded.size, capped = excluded.capped`,
    ...[run.mission_id, run.attempt, end, head.size + fresh.length, head.capped],
  );
}

// A cut inside a UTF-8 sequence moves back to its first byte, so that pages concatenate to the whole text.
function wholeCharacters(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  const lead = bytes[end - 1] ?? 0;
  const need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - (end - 1) >= need ? bytes : bytes.subarray(0, end - 1);
}

/** Up to 1 MiB of transcript from byte `after`, and where to go on; undefined for an unknown mission. */
export function readLog(tx: Tx, missionId: string, after: number): { text: string; next: number } | undefined {
  if (!tx.get("SELECT 1 FROM mission WHERE id = ? UNION ALL SELECT 1 FROM archive WHERE mission_id = ?", missionId, missionId)) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  let pos = tx.get<{ pos: number | null }>("SELECT max(pos) AS pos FROM log WHERE mission_id = ? AND pos <= ?", missionId, after)?.pos ?? 0;
  while (size < PAGE) {
    const row = tx.get<{ pos: number; bytes: Uint8Array }>("SELECT pos, bytes FROM log WHERE mission_id = ? AND pos >= ? ORDER BY pos LIMIT 1", missionId, pos);
    if (!row) break;
    const part = Buffer.from(row.bytes).subarray(Math.max(0, after - row.pos));
    parts.push(part);
    size += part.length;
    pos = row.pos + row.bytes.length;
  }
  const joined = Buffer.concat(parts);
  const bytes = wholeCharacters(joined.length > PAGE ? joined.subarray(0, PAGE) : joined);
  return { text: bytes.toString("utf8"), next: after + bytes.length };
}
