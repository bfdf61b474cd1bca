// Reads of the store wait for the disk; what is committed meanwhile must reach streams and links all the same.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LinkClient } from "../../test/support/link-client.ts";
import { silentLog } from "../core/node/log.ts";
import { systemClock } from "../core/time.ts";
import { createEventStreams } from "./events-stream.ts";
import { allowedFor } from "./guard.ts";
import { startLeases } from "./leases.ts";
import { createLinks } from "./links.ts";
import { startScheduler } from "./scheduler.ts";
import { openSqliteStore } from "./store/sqlite/sqlite-store.ts";
import type { Principal, Store } from "./store/store.ts";
import { watchTokens } from "./token-watch.ts";

const ADMIN: Principal = { tokenId: "t", role: "admin", executorId: null, expiresAt: null };
let dir: string;
let store: Store;
let server: Server;
const clock = systemClock;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  store = openSqliteStore({ path: join(dir, "serve.db"), clock });
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const port = (): number => (server.address() as AddressInfo).port;
const dispatch = (id: string): Promise<unknown> =>
  store.dispatch({ sessionId: "s", body: { mission_id: id, objective: "x" }, hash: Buffer.from(id), key: id, respondAsync: true, traceparent: null });

test("an event appended while an empty page was being read is not left waiting for the next one", async () => {
  let reads = 0;
  const slow: Store = {
    ...store,
    async events(after, limit, filter) {
      const page = await store.events(after, limit, filter);
      reads += 1;
      if (reads === 1) await dispatch("m");
      return page;
    },
  };
  const tokens = watchTokens(store, clock);
  const streams = await createEventStreams({ store: slow, clock, tokens, failed: (error) => expect(error).toBeUndefined() });
  server.on("request", (_request, response) => {
    const answer = streams.answer({ principal: ADMIN, filter: {}, after: undefined });
    if (answer.kind === "stream") answer.open(response);
  });
  await new Promise<void>((resolve) => {
    let text = "";
    get(`http://127.0.0.1:${port()}/`, (response) => {
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("event: mission.queued")) resolve();
      });
      response.on("error", () => undefined);
    });
  });
  streams.stop();
  tokens.stop();
});

test("commands that come while a resync is being answered follow it, none of them twice", async () => {
  const body = { executor_id: "x", name: "x", version: "1", spec_version: "1.0.0", capabilities: ["runtime:command"], slots: 5 };
  await store.registerExecutor({ body, tokenHash: "h", by: ADMIN });
  const commanded: string[] = [];
  const slow: Store = {
    ...store,
    async pendingCommands(id) {
      await dispatch("before");
      const pending = await store.pendingCommands(id);
      await dispatch("meanwhile");
      return pending;
    },
  };
  const options = { clock, log: silentLog, leaseTtlMs: 30_000, holdTtlMs: 900_000 };
  const leases = await startLeases({ ...options, store });
  const scheduler = startScheduler({ ...options, store });
  const tokens = watchTokens(store, clock);
  const links = createLinks({
    ...{ ...options, store: slow, leases, tokens, allowed: allowedFor("127.0.0.1", port()), countRefusal: () => undefined },
    authenticate: () => Promise.resolve({ tokenId: "x", role: "executor", executorId: "x", expiresAt: null }),
  });
  server.on("upgrade", (request, socket, head) => links.handleUpgrade(request, socket, head));
  const link = await LinkClient.join(`http://127.0.0.1:${port()}`, "x", "any");
  for (const id of ["before", "meanwhile"]) commanded.push(String((await link.next("mission.dispatch", id)).mission_id));
  await store.abort("before", null);
  await link.next("mission.abort");
  expect(commanded).toEqual(["before", "meanwhile"]);
  expect(link.frames.filter((frame) => frame.event === "mission.dispatch")).toEqual([]);
  await links.stop();
  leases.stop();
  scheduler.stop();
  tokens.stop();
});
