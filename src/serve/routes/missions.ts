// Routes that read missions: list, one, its events, its transcript, its diff (contract §2.2). Must not know how pages are cut.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { MISSION_STATES, isOwned, readState, type MissionState } from "../../mission/model.ts";
import { idSchema } from "../../mission/wire/dispatch.ts";
import { eventSchema } from "../../mission/wire/events.ts";
import { missionPageSchema, missionSchema } from "../../mission/wire/http.ts";
import { json, text } from "../answer.ts";
import { LIMITS } from "../limits.ts";
import { cursorQuery, limitQuery, wholeNumber } from "../query.ts";
import { route, type Route } from "../route.ts";
import type { MissionQuery, Store } from "../store/store.ts";

const filterText = z.string().min(1).max(256);

/** One state or several separated by commas, as prior art may spell them. */
const states = z.string().transform((value, ctx): MissionState[] => {
  const found: MissionState[] = [];
  for (const name of value.split(",")) {
    const state = readState(name);
    if (state) found.push(state);
    else ctx.addIssue({ code: "custom", message: `is not one of ${MISSION_STATES.join(", ")}` });
  }
  return found;
});

const listQuery = z.strictObject({
  session: idSchema.optional(),
  project: z.string().min(1).max(4096).optional(),
  state: states.optional(),
  executor: idSchema.optional(),
  agent: filterText.optional(),
  q: filterText.optional(),
  sort: z.enum(["created", "-created", "updated", "-updated"]).default("-created"),
  cursor: cursorQuery.optional(),
  limit: limitQuery(LIMITS.missionsPage).default(LIMITS.missionsPageDefault),
  counts: z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).default(false),
});

/** The query as the store wants it: members that were not asked for are absent, not undefined. */
function missionQuery({ state, ...asked }: z.output<typeof listQuery>): MissionQuery {
  const { session, project, executor, agent, q, sort, cursor, limit, counts } = asked;
  return {
    sort,
    limit,
    counts,
    ...(session === undefined ? {} : { session }),
    ...(project === undefined ? {} : { project }),
    ...(state === undefined ? {} : { states: state }),
    ...(executor === undefined ? {} : { executor }),
    ...(agent === undefined ? {} : { agent }),
    ...(q === undefined ? {} : { q }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

const list = route(
  {
    method: "GET",
    path: "/api/v1/missions",
    access: "read",
    summary: "Missions that match, page by page; counts=true also counts them by state",
    query: listQuery,
    answers: { 200: { description: "One page; next_cursor is null on the last", schema: missionPageSchema } },
    problems: [],
  },
  async ({ deps, query }) => json(200, await deps.store.missions(missionQuery(query))),
);

async function existing(store: Store, id: string): Promise<z.output<typeof missionSchema>> {
  const mission = await store.mission(id);
  if (!mission) throw new AiwgError("not_found", `there is no mission ${id}`);
  return mission;
}

const get = route(
  {
    method: "GET",
    path: "/api/v1/missions/{mission_id}",
    access: "read",
    summary: "One mission; reason says why it waits or how it ended",
    answers: { 200: { description: "The mission", schema: missionSchema } },
    problems: ["not_found"],
  },
  async ({ deps, params }) => json(200, await existing(deps.store, params.mission_id)),
);

const events = route(
  {
    method: "GET",
    path: "/api/v1/missions/{mission_id}/events",
    access: "read",
    summary: "Events of one mission after a seq, oldest first",
    query: z.strictObject({ after: wholeNumber.default(0), limit: limitQuery(LIMITS.eventsPage).default(LIMITS.eventsPage) }),
    answers: {
      200: {
        description: "next is there when more may follow: ask again after it",
        schema: z.object({ events: z.array(eventSchema), next: z.int().optional() }),
      },
    },
    problems: ["not_found"],
  },
  async ({ deps, params, query }) => {
    const mission = params.mission_id;
    const { seq } = await existing(deps.store, mission);
    const page = await deps.store.events(query.after, query.limit, { mission });
    return json(200, { events: page.events, ...(page.scanned < seq ? { next: page.scanned } : {}) });
  },
);

const log = route(
  {
    method: "GET",
    path: "/api/v1/missions/{mission_id}/log",
    access: "read",
    summary: "The redacted transcript from a byte on, at most 1 MiB",
    query: z.strictObject({ after: wholeNumber.default(0) }),
    answers: {
      200: { description: "Transcript text", type: "text/plain", headers: { "Aiwg-Log-Next": "The byte to ask for next" } },
    },
    problems: ["not_found"],
  },
  async ({ deps, params, query }) => {
    const page = await deps.store.readLog(params.mission_id, query.after);
    if (!page) throw new AiwgError("not_found", `there is no mission ${params.mission_id}`);
    return text(page.text, { "Aiwg-Log-Next": String(page.next) });
  },
);

const diff = route(
  {
    method: "GET",
    path: "/api/v1/missions/{mission_id}/diff",
    access: "read",
    summary: "What the last attempt changed, as a unified diff, asked of the executor that holds its workspace",
    answers: { 200: { description: "The diff, redacted; empty where nothing changed", type: "text/plain" } },
    problems: ["not_found", "executor_offline", "timeout"],
  },
  async ({ deps, params }) => {
    const mission = await existing(deps.store, params.mission_id);
    const { mission_id, executor_id, state, attempt, attempts_started } = mission;
    if (executor_id === null || attempts_started === 0) {
      const why = attempts_started === 0 ? "no attempt has started" : "its last executor has let go of it";
      throw new AiwgError("not_found", `mission ${mission_id} is ${state} and has no workspace: ${why}`);
    }
    // The fence has grown when the ownership ended: the workspace is that of the fence before.
    return text(await deps.links.diff(executor_id, { mission_id, attempt: isOwned(state) ? attempt : attempt - 1 }));
  },
);

export const missionRoutes: readonly Route[] = [list, get, events, log, diff];
