// Routes that steer missions: abort, pause, resume, retry, priority (contract §2.2). Must not know when an executor obeys.
import { AiwgError } from "../../core/errors.ts";
import { dispatchAcceptedSchema } from "../../mission/wire/dispatch.ts";
import { abortBodySchema, controlSchema, missionSchema, patchBodySchema, pauseBodySchema, resumeBodySchema, retryBodySchema } from "../../mission/wire/http.ts";
import { accepted, json } from "../answer.ts";
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

const pause = route(
  {
    method: "POST",
    path: "/api/v1/missions/{mission_id}/pause",
    access: "operate",
    summary: "Hold a queued mission; ask the executor of a running one to pause between turns",
    body: pauseBodySchema,
    bodyLimit: LIMITS.body,
    bodyOptional: true,
    answers: { 202: { description: "The present state: the executor has still to confirm", schema: controlSchema } },
    problems: ["not_found", "state_conflict"],
  },
  async ({ deps, params, body }) => json(202, await deps.store.pause(params.mission_id, body.reason ?? null)),
);

const resume = route(
  {
    method: "POST",
    path: "/api/v1/missions/{mission_id}/resume",
    access: "operate",
    summary: "Release a held mission, continue a paused one, queue a suspended one again (where its workspace is unless elsewhere is true)",
    body: resumeBodySchema,
    bodyLimit: LIMITS.body,
    bodyOptional: true,
    answers: { 202: { description: "The state after it", schema: controlSchema } },
    problems: ["not_found", "state_conflict"],
  },
  async ({ deps, params, body }) => json(202, await deps.store.resume(params.mission_id, { elsewhere: body.elsewhere ?? false })),
);

const retry = route(
  {
    method: "POST",
    path: "/api/v1/missions/{mission_id}/retry",
    access: "operate",
    summary: "Queue an ended mission anew, under the id in the body",
    body: retryBodySchema,
    bodyLimit: LIMITS.body,
    answers: {
      202: {
        description: "As of a dispatch; a repeat with the same id is a replay",
        schema: dispatchAcceptedSchema,
        headers: { Location: "The new mission", "Idempotent-Replayed": "true on a replay" },
      },
    },
    problems: ["not_found", "state_conflict", "tombstone", "idempotency_key_reused"],
  },
  async ({ deps, params, body }) => accepted(await deps.store.retry(params.mission_id, body.mission_id)),
);

const patch = route(
  {
    method: "PATCH",
    path: "/api/v1/missions/{mission_id}",
    access: "operate",
    summary: "Change the priority of a mission that has not ended",
    body: patchBodySchema,
    bodyLimit: LIMITS.body,
    answers: { 200: { description: "The mission after it", schema: missionSchema } },
    problems: ["not_found", "state_conflict"],
  },
  async ({ deps, params, body }) => {
    if (body.priority !== undefined) return json(200, await deps.store.setPriority(params.mission_id, body.priority));
    const mission = await deps.store.mission(params.mission_id);
    if (!mission) throw new AiwgError("not_found", `there is no mission ${params.mission_id}`);
    return json(200, mission);
  },
);

export const controlRoutes: readonly Route[] = [abort, pause, resume, retry, patch];
