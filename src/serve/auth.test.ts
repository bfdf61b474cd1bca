import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../test/support/virtual-clock.ts";
import { bearerOf, createAuth, tokenHash } from "./auth.ts";
import { REFUSALS } from "./limits.ts";
import { createRefusals } from "./refusals.ts";
import { openSqliteStore } from "./store/sqlite/sqlite-store.ts";
import type { Store } from "./store/store.ts";
import { watchTokens } from "./token-watch.ts";

let dir: string;
let store: Store;
let clock: VirtualClock;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  clock = new VirtualClock();
  store = openSqliteStore({ path: join(dir, "serve.db"), clock });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const mint = (text: string, expiresAt: number | null = null): Promise<{ id: string }> =>
  store.createToken({ hash: tokenHash(text), role: "read", executorId: null, name: null, uses: null, expiresAt });

test("a bearer is read in any case of its scheme, and nothing else is one", () => {
  expect(bearerOf("Bearer abc")).toBe("abc");
  expect(bearerOf("bearer   abc==")).toBe("abc==");
  for (const header of [undefined, "", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer é", `Bearer ${"a".repeat(600)}`, "Bearer abc\n"]) {
    expect(bearerOf(header), String(header)).toBeUndefined();
  }
});

describe("authenticate", () => {
  test("knows a token until it is revoked, also from memory", async () => {
    const { authenticate, stop } = createAuth(store, clock);
    const { id } = await mint("secret");
    for (let i = 0; i < 3; i++) expect(await authenticate("Bearer secret")).toMatchObject({ tokenId: id, role: "read" });
    await store.deleteToken(id);
    await expect(authenticate("Bearer secret")).rejects.toMatchObject({ code: "unauthorized" });
    stop();
  });

  test("a token revoked while it was looked up does not stay in memory", async () => {
    const { id } = await mint("secret");
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: Store = {
      ...store,
      principal: async (hash) => {
        const found = await store.principal(hash);
        await held;
        return found;
      },
    };
    const { authenticate, stop } = createAuth(slow, clock);
    const first = authenticate("Bearer secret");
    await store.deleteToken(id);
    release();
    await first;
    await expect(authenticate("Bearer secret")).rejects.toMatchObject({ code: "unauthorized" });
    stop();
  });

  test("an expired token is refused even when it is remembered", async () => {
    const { authenticate, stop } = createAuth(store, clock);
    await mint("brief", clock.now() + 1_000);
    expect(await authenticate("Bearer brief")).toMatchObject({ role: "read" });
    clock.advance(1_000);
    await expect(authenticate("Bearer brief")).rejects.toMatchObject({ code: "unauthorized" });
    stop();
  });

  test("the hash of a token is no token", async () => {
    const { authenticate, stop } = createAuth(store, clock);
    await mint("secret");
    await expect(authenticate(`Bearer ${tokenHash("secret")}`)).rejects.toMatchObject({ code: "unauthorized" });
    stop();
  });
});

describe("watchTokens", () => {
  test("tells once of a revocation, and only those of that token who still watch", async () => {
    const watch = watchTokens(store, clock);
    const told: string[] = [];
    const { id } = await mint("a");
    const principal = { tokenId: id, role: "read", executorId: null, expiresAt: null } as const;
    watch.watch(principal, () => told.push("first"));
    watch.watch(principal, () => told.push("second"));
    watch.watch(principal, () => told.push("third"))();
    watch.watch({ ...principal, tokenId: "other" }, () => told.push("other"));
    await store.deleteToken(id);
    expect(told).toEqual(["first", "second"]);
    watch.stop();
  });

  test("tells of an expiry beyond what one timer can wait for", () => {
    const watch = watchTokens(store, clock);
    let told = 0;
    // A timer that fires early, as node's are capped: the watch must look again.
    const capped = { now: () => clock.now(), monotonic: () => clock.monotonic(), after: (ms: number, fn: () => void) => clock.after(Math.min(ms, 1_000), fn) };
    const early = watchTokens(store, capped);
    early.watch({ tokenId: "t", role: "read", executorId: null, expiresAt: clock.now() + 3_500 }, () => (told += 1));
    clock.advance(3_000);
    expect(told).toBe(0);
    clock.advance(500);
    expect(told).toBe(1);
    watch.stop();
    early.stop();
  });
});

describe("createRefusals", () => {
  test("a burst passes, then one waits; time gives them back; addresses do not share", () => {
    const count = createRefusals(clock);
    for (let i = 0; i < REFUSALS.burst; i++) expect(count("a")).toBeUndefined();
    expect(count("a")).toBeGreaterThanOrEqual(1);
    expect(count("b")).toBeUndefined();
    clock.advance(1_000);
    for (let i = 0; i < REFUSALS.perSecond; i++) expect(count("a")).toBeUndefined();
    expect(count("a")).toBeGreaterThanOrEqual(1);
  });

  test("however many addresses there are, few are remembered", () => {
    const count = createRefusals(clock);
    for (let i = 0; i < REFUSALS.burst + 1; i++) count("first");
    for (let i = 0; i < REFUSALS.addresses; i++) count(`other-${i}`);
    expect(count("first")).toBeUndefined();
  });
});
