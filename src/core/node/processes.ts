// Facts about operating-system processes: is this pid still the process that was meant? Must not know why one asks.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process by pid and start time: a reused pid has another start. */
export type ProcessId = { readonly pid: number; readonly start: string };

/** The start time of a pid as an opaque string, or undefined if there is no such process. */
export function startOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // proc(5): fields after the parenthesised name; state is the 3rd field, starttime the 22nd.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return text || undefined;
  } catch {
    return undefined;
  }
}

/** This process. */
export function ownProcess(): ProcessId {
  return { pid: process.pid, start: startOf(process.pid) ?? "" };
}

/** True while exactly that process lives (a zombie does not count). */
export function isAlive(id: ProcessId): boolean {
  return startOf(id.pid) === id.start;
}

/** Sends a signal; false if the process (or group, for a negative pid) is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
