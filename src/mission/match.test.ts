import { expect, test } from "vitest";
import { chooseAgent, matches, pickExecutor, readDemand, demandText, waitReason, type Candidate, type Demand } from "./match.ts";

const demand = (extra: Partial<Demand> = {}): Demand => ({ executorId: null, instanceId: null, hostId: null, agents: [], capabilities: [], ...extra });
const candidate = (id: string, extra: Partial<Candidate> = {}): Candidate => ({
  ...{ executor_id: id, connected: true, draining: false, slots: 1, running: 0, capabilities: ["runtime:claude"], host_id: null, a2a_instance_id: null },
  ...extra,
});

test("the agent is the first wanted one that is offered, else the executor's first that is not fake", () => {
  const offered = ["gpu", "runtime:fake", "runtime:claude", "runtime:codex"];
  expect(chooseAgent(["codex", "claude"], offered)).toBe("codex");
  expect(chooseAgent(["aider"], offered)).toBeUndefined();
  expect(chooseAgent([], offered)).toBe("claude");
  expect(chooseAgent(["fake"], offered)).toBe("fake");
  expect(chooseAgent([], ["runtime:fake"])).toBeUndefined();
  expect(chooseAgent([], ["gpu"])).toBeNull();
});

test("the least loaded free executor is picked, by share of its slots, then count, then id", () => {
  const pick = (list: Candidate[]): string | undefined => pickExecutor(demand(), list)?.executor_id;
  expect(pick([candidate("a", { slots: 2, running: 1 }), candidate("b", { slots: 10, running: 2 })])).toBe("b");
  expect(pick([candidate("b"), candidate("a")])).toBe("a");
  expect(pick([candidate("a", { running: 1 }), candidate("b", { connected: false }), candidate("c", { draining: true })])).toBeUndefined();
});

test("host, instance, capabilities and pin each decide", () => {
  const x = candidate("x", { host_id: "h", a2a_instance_id: "i", capabilities: ["runtime:claude", "gpu"] });
  expect(matches(demand({ hostId: "h", instanceId: "i", capabilities: ["gpu"], executorId: "x" }), x)).toBe(true);
  for (const wrong of [{ hostId: "g" }, { instanceId: "j" }, { capabilities: ["tpu"] }, { executorId: "y" }]) expect(matches(demand(wrong), x)).toBe(false);
});

test("every wait has a reason that names what is missing", () => {
  expect(waitReason(demand(), [])).toBe("no executor connected");
  expect(waitReason(demand(), [candidate("a", { connected: false })])).toBe("no executor connected");
  expect(waitReason(demand(), [candidate("a", { slots: 2, running: 2 }), candidate("b", { slots: 1, running: 1 })])).toBe("3 of 3 slots busy");
  expect(waitReason(demand({ executorId: "z" }), [candidate("a")])).toBe("executor z is not registered");
  expect(waitReason(demand({ executorId: "a" }), [candidate("a", { connected: false })])).toBe("executor a is not connected");
  expect(waitReason(demand({ agents: ["codex"] }), [candidate("a")])).toBe("no connected executor offers agent codex");
  expect(waitReason(demand({ capabilities: ["gpu"] }), [candidate("a")])).toBe("no connected executor offers gpu");
  expect(waitReason(demand({ hostId: "h" }), [candidate("a")])).toBe("no connected executor is on host h");
  expect(waitReason(demand(), [candidate("a", { draining: true })])).toBe("executor a is draining");
  expect(waitReason(demand(), [candidate("a", { capabilities: ["runtime:fake"] })])).toContain("only the fake agent");
});

test("equal demands have one text that names only what is asked for, and it can be read back", () => {
  expect(demandText(demand())).toBe("{}");
  const asked = { executorId: "x", instanceId: "i", hostId: "h", agents: ["b", "a"], capabilities: ["gpu"] };
  expect(demandText(asked)).toBe('{"agents":["b","a"],"capabilities":["gpu"],"executorId":"x","hostId":"h","instanceId":"i"}');
  for (const one of [demand(), demand({ hostId: "h" }), asked]) expect(readDemand(demandText(one))).toEqual(one);
});
