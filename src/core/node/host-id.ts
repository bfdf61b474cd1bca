// Which machine this is, as an opaque stable name: repositories and workspaces are reachable only where they lie.
// Must not reveal the machine id itself.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { readIfExists } from "./fs.ts";

function machineId(): string {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
    const text = readIfExists(path)?.trim();
    if (text) return text;
  }
  if (process.platform !== "darwin") return "";
  try {
    const text = execFileSync("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return /"IOPlatformUUID" = "([^"]+)"/.exec(text)?.[1] ?? "";
  } catch {
    return "";
  }
}

/** `h-` and 16 hex digits, the same for every process of this host. The host's name is in it: cloned machines share their machine id. */
export function hostId(): string {
  return `h-${createHash("sha256").update(`${machineId()}\n${hostname()}`).digest("hex").slice(0, 16)}`;
}
