import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../core/time.ts";
import { noContent } from "../answer.ts";
import { createSessionCodes } from "../session-codes.ts";
import { openSqliteStore } from "../store/sqlite/sqlite-store.ts";
import { routeTable } from "./table.ts";

test("health says 503 while the store cannot commit", async () => {
  const dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  const store = openSqliteStore({ path: join(dir, "serve.db"), clock: systemClock });
  const health = routeTable().find((row) => row.path === "/healthz");
  const ask = (healthy: boolean) =>
    health?.handle({
      deps: {
        ...{ store: { ...store, healthy: () => healthy }, clock: systemClock, version: "test", codes: createSessionCodes(systemClock) },
        ...{ streams: { answer: noContent, open: () => 0, stop: () => undefined }, links: { diff: () => Promise.resolve(""), open: () => 0 } },
      },
      principal: undefined,
      headers: {},
      params: {},
      query: new URLSearchParams(),
      body: undefined,
    });
  expect(await ask(true)).toMatchObject({ status: 200, body: { status: "ok" } });
  await expect(ask(false)).rejects.toMatchObject({ code: "store_unavailable" });
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});
