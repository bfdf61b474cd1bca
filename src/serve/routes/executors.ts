// Routes of executors: register, list, one, drain, delete (contract §2.2). Must not know links.
import { AiwgError } from "../../core/errors.ts";
import { mintSecret } from "../../core/ids.ts";
import { executorListSchema, executorSchema, registerBodySchema, registeredSchema } from "../../mission/wire/http.ts";
import { json, noContent } from "../answer.ts";
import { tokenHash } from "../auth.ts";
import { LIMITS } from "../limits.ts";
import { principalOf, route, type Route } from "../route.ts";

const register = route(
  {
    method: "POST",
    path: "/api/v1/executors/register",
    access: "enrol",
    summary: "Register an executor, or update one with its own token",
    body: registerBodySchema,
    bodyLimit: LIMITS.body,
    answers: { 201: { description: "token is there once, unless the executor sent the hash of its own", schema: registeredSchema } },
    problems: [],
  },
  async (call) => {
    const { body, deps, headers } = call;
    const by = principalOf(call);
    if (by.role === "executor" && by.executorId !== body.executor_id)
      throw new AiwgError("forbidden", `this token belongs to another executor than ${body.executor_id}`);
    // An executor that comes back with its own token keeps it, unless it names another.
    const token = body.token_sha256 || by.role === "executor" ? undefined : mintSecret();
    const { registered_at } = await deps.store.registerExecutor({ body, tokenHash: body.token_sha256 ?? (token ? tokenHash(token) : null), by });
    const ws_url = `ws://${headers.host ?? ""}/ws/executors/${body.executor_id}`;
    return json(201, { executor_id: body.executor_id, ...(token ? { token } : {}), registered_at, ws_url });
  },
);

const list = route(
  {
    method: "GET",
    path: "/api/v1/executors",
    access: "read",
    summary: "All executors",
    answers: { 200: { description: "Executors", schema: executorListSchema } },
    problems: [],
  },
  async ({ deps }) => json(200, { executors: await deps.store.executors() }),
);

const get = route(
  {
    method: "GET",
    path: "/api/v1/executors/{executor_id}",
    access: "read",
    summary: "One executor",
    answers: { 200: { description: "The executor", schema: executorSchema } },
    problems: ["executor_not_found"],
  },
  async ({ deps, params }) => {
    const executor = await deps.store.executor(params.executor_id);
    if (!executor) throw new AiwgError("executor_not_found", `executor ${params.executor_id} is not registered`);
    return json(200, executor);
  },
);

const remove = route(
  {
    method: "DELETE",
    path: "/api/v1/executors/{executor_id}",
    access: "admin",
    summary: "Forget an executor: its token dies and it owns nothing any more",
    answers: { 204: { description: "Gone" } },
    problems: ["executor_not_found"],
  },
  async ({ deps, params }) => {
    if (!(await deps.store.deleteExecutor(params.executor_id))) throw new AiwgError("executor_not_found", `executor ${params.executor_id} is not registered`);
    return noContent();
  },
);

const drain = route(
  {
    method: "POST",
    path: "/api/v1/executors/{executor_id}/drain",
    access: "admin",
    summary: "Give an executor nothing new: it finishes what it has and ends",
    answers: { 202: { description: "The executor; draining until it registers again", schema: executorSchema } },
    problems: ["executor_not_found"],
  },
  async ({ deps, params }) => {
    const id = params.executor_id;
    const executor = (await deps.store.drain(id)) ? await deps.store.executor(id) : undefined;
    if (!executor) throw new AiwgError("executor_not_found", `executor ${id} is not registered`);
    return json(202, executor);
  },
);

export const executorRoutes: readonly Route[] = [register, list, get, drain, remove];
