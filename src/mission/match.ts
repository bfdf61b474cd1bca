// Which executor may run which mission, and why one still waits. Pure: the same rules in the scheduler, in the
// executor (choice of agent) and wherever a reason is shown.
import type { DispatchBody } from "./wire/dispatch.ts";

/** What a mission asks of an executor; equal demands share one queue of the scheduler. */
export type Demand = {
  readonly executorId: string | null;
  readonly instanceId: string | null;
  readonly hostId: string | null;
  readonly agents: readonly string[];
  readonly capabilities: readonly string[];
};

/** An executor as far as matching cares. */
export type Candidate = {
  readonly executor_id: string;
  readonly connected: boolean;
  readonly draining: boolean;
  readonly slots: number;
  readonly running: number;
  readonly capabilities: readonly string[];
  readonly host_id: string | null;
  readonly a2a_instance_id: string | null;
};

const RUNTIME = "runtime:";

/** The demand of a dispatch body; `hostId` and `executorId` may be narrowed later by a resume. */
export function demandOf(body: DispatchBody): Demand {
  const repo = body.workspace?.repo;
  return {
    executorId: body.executor_filter?.executor_id ?? null,
    instanceId: body.executor_filter?.a2a_instance_id ?? body.a2a_instance_id ?? null,
    hostId: repo && "path" in repo ? repo.host_id : null,
    agents: body.agents ?? [],
    capabilities: [...new Set(body.executor_filter?.capabilities ?? [])].toSorted(),
  };
}

const NO_DEMAND: Demand = { agents: [], capabilities: [], executorId: null, hostId: null, instanceId: null };

/** One short text for equal demands: canonical JSON of what is asked for. */
export function demandText({ agents, capabilities, executorId, hostId, instanceId }: Demand): string {
  const some = (list: readonly string[]) => (list.length > 0 ? list : undefined);
  return JSON.stringify({
    agents: some(agents),
    capabilities: some(capabilities),
    executorId: executorId ?? undefined,
    hostId: hostId ?? undefined,
    instanceId: instanceId ?? undefined,
  });
}

/** The demand of its text. */
export function readDemand(text: string): Demand {
  return { ...NO_DEMAND, ...(JSON.parse(text) as Partial<Demand>) };
}

/** Agents that an executor advertises, in its own order. */
export function runtimesOf(capabilities: readonly string[]): string[] {
  return capabilities.filter((name) => name.startsWith(RUNTIME)).map((name) => name.slice(RUNTIME.length));
}

/**
 * The agent to start: the first wanted one that is offered; with none wanted, the executor's first that is not
 * `fake`. Null where the executor names no runtimes and none is wanted; undefined where nothing fits.
 */
export function chooseAgent(wanted: readonly string[], capabilities: readonly string[]): string | null | undefined {
  const offered = runtimesOf(capabilities);
  if (wanted.length > 0) return wanted.find((agent) => offered.includes(agent));
  if (offered.length === 0) return null;
  return offered.find((agent) => agent !== "fake");
}

type Misfit = { readonly rank: number; readonly reason: string };

// Why a candidate cannot take the demand, ranked by how near it is; undefined when it matches (it may still be busy).
function misfit(demand: Demand, candidate: Candidate): Misfit | undefined {
  const name = candidate.executor_id;
  if (demand.executorId !== null && demand.executorId !== name) return { rank: 0, reason: `waits for executor ${demand.executorId}` };
  if (!candidate.connected)
    return { rank: demand.executorId === name ? 6 : 1, reason: demand.executorId === name ? `executor ${name} is not connected` : "no executor connected" };
  if (demand.instanceId !== null && demand.instanceId !== candidate.a2a_instance_id)
    return { rank: 2, reason: `no connected executor is instance ${demand.instanceId}` };
  if (demand.hostId !== null && demand.hostId !== candidate.host_id) return { rank: 2, reason: `no connected executor is on host ${demand.hostId}` };
  const missing = demand.capabilities.filter((need) => !candidate.capabilities.includes(need));
  if (missing.length > 0) return { rank: 3, reason: `no connected executor offers ${missing.join(", ")}` };
  if (chooseAgent(demand.agents, candidate.capabilities) === undefined) {
    const reason =
      demand.agents.length > 0
        ? `no connected executor offers agent ${demand.agents.join(" or ")}`
        : "connected executors offer only the fake agent, which must be asked for by name";
    return { rank: 4, reason };
  }
  if (candidate.draining) return { rank: 5, reason: `executor ${name} is draining` };
  return undefined;
}

/** True if the candidate is connected and may run the demand, busy or not. */
export function matches(demand: Demand, candidate: Candidate): boolean {
  return misfit(demand, candidate) === undefined;
}

/** The matching candidate with a free slot that is least loaded (running ÷ slots, then fewest running, then id). */
export function pickExecutor<C extends Candidate>(demand: Demand, candidates: readonly C[]): C | undefined {
  const free = candidates.filter((candidate) => candidate.running < candidate.slots && matches(demand, candidate));
  return free.toSorted((a, b) => a.running / a.slots - b.running / b.slots || a.running - b.running || (a.executor_id < b.executor_id ? -1 : 1))[0];
}

/** Why a queued mission with this demand is not assigned now: always a sentence. */
export function waitReason(demand: Demand, candidates: readonly Candidate[]): string {
  const fitting = candidates.filter((candidate) => matches(demand, candidate));
  if (fitting.length > 0) {
    const slots = fitting.reduce((sum, candidate) => sum + candidate.slots, 0);
    const busy = fitting.reduce((sum, candidate) => sum + Math.min(candidate.running, candidate.slots), 0);
    return busy >= slots ? `${busy} of ${slots} slots busy` : "about to be assigned";
  }
  if (demand.executorId !== null && !candidates.some((candidate) => candidate.executor_id === demand.executorId)) {
    return `executor ${demand.executorId} is not registered`;
  }
  const nearest = candidates
    .map((candidate) => misfit(demand, candidate))
    .filter((entry) => entry !== undefined)
    .toSorted((a, b) => b.rank - a.rank)[0];
  return nearest?.reason ?? "no executor connected";
}
