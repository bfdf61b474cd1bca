// What runs here already, for those who would start it again. Must not start or stop anything.
import { existsSync } from "node:fs";
import type { Executor } from "../client/api.ts";
import { type Client, createClient } from "../client/client.ts";
import { isAiwgError, messageOf } from "../core/errors.ts";
import { liveServe } from "../core/node/serve-file.ts";
import { loadLocalToken } from "../serve/token-file.ts";
import type { Cli } from "./command.ts";
import { withQueue } from "./queueing.ts";

export type Running = {
  readonly url: string;
  readonly pid: number;
  readonly started_at: string;
  /** Null where it could not be asked; then `fault` says why. */
  readonly version: string | null;
  readonly fault: string | null;
  readonly bridge_pid: number | null;
  /** Executors that are connected to it. */
  readonly executors: readonly Executor[];
  readonly client: Client;
};

/** The local serve with what belongs to it, if one lives. */
export async function findRunning(cli: Cli): Promise<Running | undefined> {
  const { places } = cli;
  const file = liveServe(places.serveFile);
  if (!file || !existsSync(places.token)) return undefined;
  const bridge_pid = existsSync(places.queue) ? await withQueue(cli, undefined, (queue) => queue.bridge().pid) : null;
  const client = createClient({ url: file.url, token: loadLocalToken(places.token), timeoutMs: 5_000 });
  const found = { url: file.url, pid: file.pid, started_at: file.started_at, bridge_pid, client };
  try {
    const [{ version }, executors] = await Promise.all([client.version(), client.executors()]);
    return { ...found, version, fault: null, executors: executors.filter(({ connected }) => connected) };
  } catch (error) {
    if (!isAiwgError(error)) throw error;
    return { ...found, version: null, fault: messageOf(error), executors: [] };
  }
}
