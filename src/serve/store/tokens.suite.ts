// What every Store implementation must do about tokens of no executor. Must not know which one is under test.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../test/support/virtual-clock.ts";
import type { StoreUnderTest } from "./suite-rig.ts";
import type { Store } from "./store.ts";

export function tokenSuite(name: string, create: () => StoreUnderTest): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let clock: VirtualClock;
    let store: Store;
    beforeEach(async () => {
      under = create();
      clock = new VirtualClock();
      store = await under.open(clock);
    });
    afterEach(async () => {
      await store.close();
      await under.wipe();
    });

    test("tokens expire by the clock, are revoked once, and the local admin is only the newest", async () => {
      const token = await store.createToken({ hash: "h", role: "read", executorId: null, name: "n", uses: null, expiresAt: clock.now() + 1_000 });
      expect(await store.principal("h")).toMatchObject({ role: "read" });
      clock.advance(1_000);
      expect(await store.principal("h")).toBeUndefined();
      await store.createToken({ hash: "other", role: "read", executorId: null, name: null, uses: null, expiresAt: clock.now() - 1 });
      expect([await store.expireTokens(), await store.tokens()]).toEqual([2, []]);
      expect(await store.deleteToken(token.id)).toBe(false);
      const lasting = await store.createToken({ hash: "h", role: "read", executorId: null, name: "n", uses: null, expiresAt: null });
      expect(await store.expireTokens()).toBe(0);
      expect(await store.deleteToken(lasting.id)).toBe(true);
      expect(await store.deleteToken(lasting.id)).toBe(false);
      await store.setLocalAdmin("old");
      await store.setLocalAdmin("new");
      expect([await store.principal("old"), (await store.principal("new"))?.role]).toEqual([undefined, "admin"]);
    });
  });
}
