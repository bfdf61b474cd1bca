// Routes of an operator's upkeep: numbers for monitoring, deleting what ended long ago (contract §2.2).
// Must not know how missions leave.
import { MISSION_STATES, SPEC_VERSION } from "../../mission/model.ts";
import { purgeBodySchema, purgedSchema } from "../../mission/wire/http.ts";
import { json, text } from "../answer.ts";
import { LIMITS } from "../limits.ts";
import { METRICS_TYPE, metricsText, type Metric } from "../metrics.ts";
import { purgeBefore } from "../retention.ts";
import { route, type Deps, type Route } from "../route.ts";

async function measure({ store, links, streams, version }: Deps): Promise<readonly Metric[]> {
  const [{ missions, head, openQuestions, bytes, commits }, executors] = await Promise.all([store.stats(), store.executors()]);
  const gauge = (name: string, help: string, value: number): Metric => ({ name, type: "gauge", help, samples: [{ value }] });
  const counter = (name: string, help: string, value: number): Metric => ({ name, type: "counter", help, samples: [{ value }] });
  const connected = executors.filter((executor) => executor.connected);
  const sum = (pick: (executor: (typeof executors)[number]) => number): number => connected.reduce((total, executor) => total + pick(executor), 0);
  return [
    { name: "aiwg_build_info", type: "gauge", help: "Version of this serve.", samples: [{ labels: { version, protocol: SPEC_VERSION }, value: 1 }] },
    {
      ...{ name: "aiwg_missions", type: "gauge", help: "Missions that are not archived, by state." },
      samples: MISSION_STATES.map((state) => ({ labels: { state }, value: missions[state] ?? 0 })),
    },
    counter("aiwg_events_total", "Events appended so far: the newest seq.", head),
    gauge("aiwg_questions_open", "Questions that wait for a person.", openQuestions),
    gauge("aiwg_executors_registered", "Executors that are registered.", executors.length),
    gauge("aiwg_executors_connected", "Executors whose link has resynced.", connected.length),
    gauge("aiwg_executors_draining", "Executors that are given nothing new.", executors.filter((executor) => executor.draining).length),
    gauge(
      "aiwg_slots",
      "Slots of connected executors.",
      sum(({ slots }) => slots),
    ),
    gauge(
      "aiwg_slots_busy",
      "Slots of connected executors that are taken.",
      sum(({ running }) => running),
    ),
    gauge("aiwg_links_open", "Open executor links.", links.open()),
    gauge("aiwg_event_streams_open", "Open event streams.", streams.open()),
    gauge("aiwg_store_bytes", "Size of the store.", bytes),
    gauge("aiwg_store_healthy", "1 while the store can commit.", store.healthy() ? 1 : 0),
    counter("aiwg_commits_total", "Durable transactions.", commits.commits),
    counter("aiwg_commit_operations_total", "Operations in durable transactions.", commits.operations),
    counter("aiwg_commit_failures_total", "Transactions that could not be committed.", commits.failures),
    counter("aiwg_commit_seconds_total", "Time spent in transactions, fsync included.", commits.seconds),
    gauge("process_resident_memory_bytes", "Resident memory of serve.", process.memoryUsage.rss()),
  ];
}

const metrics = route(
  {
    method: "GET",
    path: "/metrics",
    access: "read",
    summary: "Numbers for monitoring",
    answers: { 200: { description: "Prometheus text 0.0.4", type: "text/plain" } },
    problems: [],
  },
  async ({ deps }) => text(metricsText(await measure(deps)), {}, METRICS_TYPE),
);

const purge = route(
  {
    method: "POST",
    path: "/api/v1/purge",
    access: "admin",
    summary: "Delete missions that ended long ago, with their transcripts; their ids are never taken again",
    body: purgeBodySchema,
    bodyLimit: LIMITS.body,
    answers: { 200: { description: "How many are gone", schema: purgedSchema } },
    problems: [],
  },
  async ({ deps, body }) => json(200, { purged: await purgeBefore(deps.store, deps.clock.now() - body.older_than_s * 1_000) }),
);

export const upkeepRoutes: readonly Route[] = [metrics, purge];
