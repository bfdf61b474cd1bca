// Composition of serve: lock, store, token, socket, routes, streams, links, leases, scheduler; and their end in reverse.
// Must not know what any of them does.
import { basename } from "node:path";
import type { Socket } from "node:net";
import { messageOf, type AiwgError } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import { takeLock } from "../core/node/lock.ts";
import { removeServeFile, writeServeFile } from "../core/node/serve-file.ts";
import { sleep, type Clock } from "../core/time.ts";
import { DEFAULTS } from "../mission/model.ts";
import { createApp } from "./app.ts";
import { createAuth, tokenHash } from "./auth.ts";
import { startChores } from "./chores.ts";
import { createEventStreams } from "./events-stream.ts";
import { startLeases } from "./leases.ts";
import { LIMITS } from "./limits.ts";
import { createLinks } from "./links.ts";
import { listen, loopbackAddress } from "./listen.ts";
import { createRefusals } from "./refusals.ts";
import { routeTable } from "./routes/table.ts";
import { startScheduler } from "./scheduler.ts";
import { createSessionCodes } from "./session-codes.ts";
import { openSqliteStore } from "./store/sqlite/sqlite-store.ts";
import { loadLocalToken } from "./token-file.ts";
import { watchTokens } from "./token-watch.ts";

export type ServeOptions = {
  readonly storePath: string;
  readonly tokenPath: string;
  readonly serveFilePath: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** A loopback address. */
  readonly bind: string;
  readonly leaseTtlMs: number;
  readonly holdTtlMs: number;
  /** Days after which an ended mission is archived; 30 unless given. */
  readonly retentionDays?: number;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
};

export type Serve = {
  readonly url: string;
  readonly serveId: string;
  /** A code that one browser can exchange for a token within a minute. */
  readonly mintCode: () => string;
  /** Ends gracefully: nothing new, what is in flight within 5 s, then streams, links and the store. Safe to call twice. */
  readonly stop: () => Promise<void>;
  /** Resolves when serve has stopped; rejects if the store failed so that serve had to end by itself. */
  readonly done: Promise<void>;
};

const DAY_MS = 86_400_000;

type Undo = () => void | Promise<void>;

/** Waits for `work`, but not longer than the drain time. */
async function briefly(work: Promise<void>, clock: Clock): Promise<void> {
  const settled = new AbortController();
  await Promise.race([work.finally(() => settled.abort()), sleep(LIMITS.drainMs, settled.signal, clock)]);
}

/** Runs all steps, last first, whatever one of them throws. */
async function undoAll(steps: readonly Undo[], log: Log): Promise<void> {
  for (const step of steps.toReversed()) {
    try {
      await step();
    } catch (error) {
      log.error({ error: messageOf(error) }, "serve: a part did not end cleanly");
    }
  }
}

/**
 * Starts a serve. Throws `usage` (bind), `lock_held` (second serve on the store, port in use), `token_file_unsafe`, and
 * what opening the store throws; then nothing is left behind.
 */
export async function startServe(options: ServeOptions): Promise<Serve> {
  const { storePath, clock, log, leaseTtlMs, holdTtlMs } = options;
  loopbackAddress(options.bind);
  const undo: Undo[] = [];
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  // Who does not wait for the end has still been told by the log.
  done.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  let fatal: AiwgError | undefined;
  const stop = (): Promise<void> => (stopping ??= undoAll(undo, log).then(() => (fatal ? reject(fatal) : resolve())));
  const onFatal = (error: AiwgError): void => {
    fatal = error;
    log.error({ error: error.message }, "serve: the store failed and cannot be trusted any more; ending");
    void stop();
  };

  try {
    const lock = takeLock(`${storePath}.lock`, `the store ${basename(storePath)}`, clock.now());
    undo.push(() => lock.release());
    const store = openSqliteStore({ path: storePath, clock, onFatal });
    undo.push(() => store.close());
    await store.setLocalAdmin(tokenHash(loadLocalToken(options.tokenPath)));

    const auth = createAuth(store, clock);
    const tokens = watchTokens(store, clock);
    undo.push(() => auth.stop());
    undo.push(() => tokens.stop());
    const { server, url, allowed } = await listen(options.bind, options.port);
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    undo.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });

    const leases = await startLeases({ store, clock, log, leaseTtlMs, holdTtlMs });
    undo.push(() => leases.stop());
    const scheduler = startScheduler({ store, clock, log });
    undo.push(() => scheduler.stop());
    const chores = startChores({ store, clock, log, retentionMs: (options.retentionDays ?? DEFAULTS.retentionDays) * DAY_MS });
    undo.push(() => chores.stop());
    const gate = { allowed, authenticate: auth.authenticate, countRefusal: createRefusals(clock) };
    const links = createLinks({ ...gate, store, leases, clock, log, leaseTtlMs, holdTtlMs, tokens });
    undo.push(() => briefly(links.stop(), clock));
    const failed = (error: unknown): void => log.error({ error: messageOf(error) }, "serve: an event stream broke");
    const streams = await createEventStreams({ store, clock, tokens, failed });
    const codes = createSessionCodes(clock);
    const deps = { store, clock, version: options.version, streams, links, codes };
    const app = createApp({ ...gate, table: routeTable(), deps, log });
    undo.push(async () => {
      streams.stop();
      server.close();
      await briefly(app.stop(), clock);
    });
    server.on("request", app.handle);
    server.on("checkExpectation", app.handle);
    server.on("upgrade", (request, socket, head) => links.handleUpgrade(request, socket, head));

    const file = writeServeFile(options.serveFilePath, url, clock.now());
    undo.push(() => removeServeFile(options.serveFilePath, file));
    log.info({ url, serve_id: store.serveId }, "serve listens");
    return { url, serveId: store.serveId, mintCode: codes.mint, stop, done };
  } catch (error) {
    await undoAll(undo, log);
    throw error;
  }
}
