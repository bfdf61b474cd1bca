// What the suites of a Store share: a store under a virtual clock, and executors that say what they are told.
// Must not know which implementation is under test.
import { afterEach, beforeEach, expect } from "vitest";
import { VirtualClock } from "../../../test/support/virtual-clock.ts";
import { invariant } from "../../core/errors.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import type { ReportEvent, ReportFrame } from "../../mission/wire/frames.ts";
import type { Effect, Principal, Store } from "./store.ts";

/** Opens the same store again and again; `wipe` removes it for good. */
export type StoreUnderTest = { open(clock: VirtualClock): Promise<Store>; wipe(): Promise<void> };

export const ADMIN: Principal = { tokenId: "t", role: "admin", executorId: null, expiresAt: null };

/** An error of ours with this code. */
export const refusal = (code: string): unknown => expect.objectContaining({ code });

/** A fresh store before each test; `store`, `clock` and `effects` are those of the running test. */
export function useStore(create: () => StoreUnderTest) {
  let under: StoreUnderTest;
  let opened: Store | undefined;
  const seqs = new Map<string, number>();
  const rig = {
    clock: new VirtualClock(),
    get store(): Store {
      invariant(opened, "no test is running");
      return opened;
    },
    effects: [] as Effect[],
    async open(): Promise<void> {
      opened = await under.open(rig.clock);
      rig.effects = [];
      rig.store.subscribe((batch) => rig.effects.push(...batch));
    },
    send: (id: string, extra: Partial<DispatchBody> = {}, how: { async?: boolean; hash?: string; key?: string; session?: string } = {}) =>
      rig.store.dispatch({
        sessionId: how.session ?? "s",
        body: { mission_id: id, objective: `do ${id}`, ...extra },
        hash: Buffer.from(how.hash ?? `hash of ${id}`),
        key: how.key ?? id,
        respondAsync: how.async ?? true,
        traceparent: null,
      }),
    async join(id: string, slots = 1, capabilities: string[] = ["runtime:claude"], epoch = "e1"): Promise<void> {
      if (!(await rig.store.executor(id))) {
        const body = { executor_id: id, name: id, version: "1", spec_version: "1.0.0" as const, capabilities, slots };
        await rig.store.registerExecutor({ body, tokenHash: `token of ${id}`, by: ADMIN });
      }
      await rig.store.resync(id, { epoch, owned: [], slots: null });
    },
    say(executor: string, event: ReportEvent, mission: string, attempt: number, data: Record<string, unknown> = {}) {
      const src_seq = (seqs.get(executor) ?? 0) + 1;
      seqs.set(executor, src_seq);
      return rig.store.report(executor, "e1", { event, mission_id: mission, attempt, src_seq, data } as ReportFrame);
    },
    async start(executor: string, mission: string, attempt: number): Promise<void> {
      await rig.say(executor, "mission.assigned", mission, attempt);
      await rig.say(executor, "mission.started", mission, attempt);
    },
    stateOf: async (id: string) => (await rig.store.mission(id))?.state,
  };
  beforeEach(async () => {
    under = create();
    rig.clock = new VirtualClock();
    seqs.clear();
    await rig.open();
  });
  afterEach(async () => {
    await rig.store.close();
    await under.wipe();
  });
  return rig;
}
