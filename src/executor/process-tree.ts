// Finding and ending every process of a run: by process group, session, descent and an environment marker, since an
// agent's children may leave any one of them. Must not know missions.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { readIfExists } from "../core/node/fs.ts";
import { isAlive, type ProcessId, signal, startOf } from "../core/node/processes.ts";

/** Name of the variable that every process of a run inherits; its value is random per run. */
export const RUN_MARKER = "AIWG_RUN";

/** Names the present run of the operating system; no process survives another. Empty where it is not known. */
export function bootId(): string {
  return readIfExists("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** How to recognise the processes of one run. */
export type Tree = {
  /** The supervisor: leads the group and session. Undefined if none was started. */
  readonly leader: ProcessId | undefined;
  readonly marker: string;
};

type Row = { readonly pid: number; readonly ppid: number; readonly pgid: number; readonly sid: number; readonly marked: boolean };

function isMarked(pid: number, needle: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(needle);
  } catch {
    return false; // another user's process, or gone
  }
}

function linuxRows(needle: string): Row[] {
  const rows: Row[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const [state, ppid, pgid, sid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X") continue;
      const pid = Number(name);
      rows.push({ pid, ppid: Number(ppid), pgid: Number(pgid), sid: Number(sid), marked: isMarked(pid, needle) });
    } catch {
      // ended while we looked
    }
  }
  return rows;
}

// macOS shows the environment of own processes to ps -E; sessions are not shown as numbers there.
function psRows(needle: string): Row[] {
  try {
    const text = execFileSync("ps", ["-axwwE", "-o", "pid=,ppid=,pgid=,stat=,command="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    return text.split("\n").flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s(.*)$/.exec(line);
      if (!match || match[4]?.startsWith("Z")) return [];
      return [{ pid: Number(match[1]), ppid: Number(match[2]), pgid: Number(match[3]), sid: 0, marked: (match[5] ?? "").split(" ").includes(needle) }];
    });
  } catch {
    return [];
  }
}

/** Pids that belong to the run now, without the supervisor itself and without this process. */
export function treeMembers(tree: Tree): number[] {
  const needle = `${RUN_MARKER}=${tree.marker}`;
  const rows = process.platform === "linux" ? linuxRows(needle) : psRows(needle);
  const leader = tree.leader?.pid;
  // A number in use as a group or session is not given to a new process: another start under it means ours are gone.
  const now = leader === undefined ? undefined : startOf(leader);
  const isOurs = leader !== undefined && (now === undefined || now === tree.leader?.start);
  const found = new Set<number>();
  for (const row of rows) {
    if (row.marked || (isOurs && (row.pgid === leader || row.sid === leader || row.ppid === leader))) found.add(row.pid);
  }
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const row of rows) if (found.has(row.ppid)) found.add(row.pid);
  }
  if (leader !== undefined) found.delete(leader);
  found.delete(process.pid);
  return [...found];
}

const POLL_MS = 25;
// After KILL only a process in an uninterruptible call can stay; it is reported, not waited for without end.
const KILL_WAIT_MS = 5_000;

/**
 * Ends every member of the tree: TERM, then KILL after `graceMs`. Resolves when none is left, with those that
 * could not be ended (normally none). The supervisor itself is left alone.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<number[]> {
  const termed = new Set<number>();
  const started = performance.now();
  for (;;) {
    const members = treeMembers(tree);
    if (members.length === 0) return [];
    const waited = performance.now() - started;
    if (waited > graceMs + KILL_WAIT_MS) return members;
    for (const pid of members) {
      if (waited >= graceMs) signal(pid, "SIGKILL");
      else if (!termed.has(pid)) {
        signal(pid, "SIGTERM");
        // A stopped process gets TERM only once it goes on.
        signal(pid, "SIGCONT");
        termed.add(pid);
      }
    }
    await delay(POLL_MS);
  }
}

/** Ends the supervisor (at once) and then its whole tree; for when the supervisor cannot do it any more. */
export async function endRun(tree: Tree, graceMs: number): Promise<number[]> {
  if (tree.leader !== undefined && isAlive(tree.leader)) {
    signal(tree.leader.pid, "SIGKILL");
    for (const started = performance.now(); isAlive(tree.leader) && performance.now() - started < KILL_WAIT_MS;) await delay(POLL_MS);
  }
  return endTree(tree, graceMs);
}
