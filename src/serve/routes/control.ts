// Routes that steer missions: abort, resume (contract §2.2). Must not know when an executor obeys.
import { abortBodySchema, controlSchema, resumeBodySchema } from "../../mission/wire/http.ts";
import { json } from "../answer.ts";
import { LIMITS } from "../limits.ts";
import { route, type Route } from "../route.ts";

const abort = route(
  {
    method: "POST",
    path: "/api/v1/missions/{mission_id}/abort",
    access: "operate",
    summary: "End a mission; an id that serve does not know yet is refused when it arrives",
    body: abortBodySchema,
    bodyLimit: LIMITS.body,
    bodyOptional: true,
    answers: { 202: { description: "The present state; abort_requested while the executor has still to confirm", schema: controlSchema } },
    problems: ["state_conflict"],
  },
  async ({ deps, params, body }) => json(202, await deps.store.abort(params.mission_id, body.reason ?? null)),
);

const resume = route(
  {
    method: "POST",
    path: "/api/v1/missions/{mission_id}/resume",
    access: "operate",
    summary: "Queue a suspended mission again, on the host that holds its workspace unless elsewhere is true",
    body: resumeBodySchema,
    bodyLimit: LIMITS.body,
    bodyOptional: true,
    answers: { 202: { description: "The state after it", schema: controlSchema } },
    problems: ["not_found", "state_conflict"],
  },
  async ({ deps, params, body }) => json(202, await deps.store.resume(params.mission_id, { elsewhere: body.elsewhere ?? false })),
);

export const controlRoutes: readonly Route[] = [abort, resume];
