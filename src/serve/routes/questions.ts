// Routes of questions to people: the open ones, and the one answer (contract §2.2). Must not know how an agent gets it.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { idSchema } from "../../mission/wire/dispatch.ts";
import { hitlAnsweredSchema, hitlListSchema, hitlResponseSchema } from "../../mission/wire/http.ts";
import { json } from "../answer.ts";
import { LIMITS } from "../limits.ts";
import { route, type Route } from "../route.ts";

const list = route(
  {
    method: "GET",
    path: "/api/v1/hitl",
    access: "read",
    summary: "Open questions, oldest first; with prefix, those whose id begins so, also answered and closed ones unless state is open",
    query: z.strictObject({ state: z.literal("open").optional(), prefix: idSchema.optional() }),
    answers: { 200: { description: "Questions", schema: hitlListSchema } },
    problems: [],
  },
  async ({ deps, query: { state, prefix } }) => {
    const all = prefix === undefined ? await deps.store.openQuestions() : await deps.store.questionsLike(prefix);
    return json(200, { hitl: state === "open" ? all.filter((question) => question.state === "open") : all });
  },
);

const respond = route(
  {
    method: "POST",
    path: "/api/v1/missions/{mission_id}/hitl_response",
    access: "operate",
    summary: "Answer a question; the first answer counts",
    body: hitlResponseSchema,
    bodyLimit: LIMITS.body,
    answers: { 200: { description: "Stored", schema: hitlAnsweredSchema } },
    problems: ["not_found", "already_answered", "closed", "invalid_answer"],
  },
  async ({ deps, params, body }) => {
    const response = body.response ?? body.text;
    if (typeof response !== "string") throw new AiwgError("invalid_request", "the answer has no response");
    const { mission_id, state } = await deps.store.answer(params.mission_id, body.hitl_id, response);
    return json(200, { mission_id, hitl_id: body.hitl_id, state });
  },
);

export const questionRoutes: readonly Route[] = [list, respond];
