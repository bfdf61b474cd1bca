// Routes that read sessions (contract §2.2). Must not know how counts are kept.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { sessionSchema } from "../../mission/wire/http.ts";
import { json } from "../answer.ts";
import { route, type Route } from "../route.ts";

const list = route(
  {
    method: "GET",
    path: "/api/v1/sessions",
    access: "read",
    summary: "All sessions with their missions counted by state",
    answers: { 200: { description: "Sessions", schema: z.object({ sessions: z.array(sessionSchema) }) } },
    problems: [],
  },
  async ({ deps }) => json(200, { sessions: await deps.store.sessions() }),
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

export const sessionRoutes: readonly Route[] = [list, get];
