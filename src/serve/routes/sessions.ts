// Routes of sessions: list, one, and their switch (contract §2.2). Must not know how counts are kept.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import type { SessionState } from "../../mission/model.ts";
import { sessionPageSchema, sessionSchema } from "../../mission/wire/http.ts";
import { json } from "../answer.ts";
import { LIMITS } from "../limits.ts";
import { cursorQuery, limitQuery } from "../query.ts";
import { route, type Route } from "../route.ts";

const list = route(
  {
    method: "GET",
    path: "/api/v1/sessions",
    access: "read",
    summary: "Sessions, the newest first, page by page, with their missions counted by state",
    query: z.strictObject({ cursor: cursorQuery.optional(), limit: limitQuery(LIMITS.sessionsPage).default(LIMITS.sessionsPage) }),
    answers: { 200: { description: "One page; next_cursor is null on the last", schema: sessionPageSchema } },
    problems: [],
  },
  async ({ deps, query }) => json(200, await deps.store.sessions(query)),
);

const get = route(
  {
    method: "GET",
    path: "/api/v1/sessions/{session_id}",
    access: "read",
    summary: "One session",
    answers: { 200: { description: "The session", schema: sessionSchema } },
    problems: ["not_found"],
  },
  async ({ deps, params }) => {
    const session = await deps.store.session(params.session_id);
    if (!session) throw new AiwgError("not_found", `there is no session ${params.session_id}`);
    return json(200, session);
  },
);

function turn(verb: "pause" | "resume" | "stop", state: SessionState, summary: string): Route {
  return route(
    {
      method: "POST",
      path: `/api/v1/sessions/{session_id}/${verb}`,
      access: "operate",
      summary,
      answers: { 200: { description: "The session after it", schema: sessionSchema } },
      problems: ["not_found", "state_conflict"],
    },
    async ({ deps, params }) => {
      const session = await deps.store.setSessionState(params.session_id, state);
      if (!session) throw new AiwgError("not_found", `there is no session ${params.session_id}`);
      return json(200, session);
    },
  );
}

export const sessionRoutes: readonly Route[] = [
  list,
  get,
  turn("pause", "paused", "Assign nothing of a session until it is resumed; what runs goes on"),
  turn("resume", "active", "Assign missions of a paused session again"),
  turn("stop", "stopped", "Assign nothing of a session any more; what runs goes on"),
];
