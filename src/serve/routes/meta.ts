// Routes about serve itself: health, version, its own description (contract §2, §2.2). Must not know missions.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { SPEC_VERSION } from "../../mission/model.ts";
import { versionSchema } from "../../mission/wire/http.ts";
import { json } from "../answer.ts";
import { route, type Route } from "../route.ts";

const health = route(
  {
    method: "GET",
    path: "/healthz",
    access: "none",
    summary: "Can serve commit? Needs no token",
    answers: { 200: { description: "It can", schema: z.object({ status: z.literal("ok") }) } },
    problems: [],
  },
  async ({ deps }) => {
    if (!deps.store.healthy()) throw new AiwgError("store_unavailable", "the store cannot commit");
    return json(200, { status: "ok" });
  },
);

const version = route(
  {
    method: "GET",
    path: "/api/v1/version",
    access: "read",
    summary: "Which serve this is",
    answers: { 200: { description: "serve_id is minted once per store", schema: versionSchema } },
    problems: [],
  },
  async ({ deps }) => json(200, { version: deps.version, serve_id: deps.store.serveId, protocol: SPEC_VERSION }),
);

/** The row of the OpenAPI document, which describes all rows and so must be given them. */
export function metaRoutes(describe: (version: string) => Promise<unknown>): readonly Route[] {
  const openapi = route(
    {
      method: "GET",
      path: "/openapi.json",
      access: "read",
      summary: "This API as OpenAPI 3.1",
      answers: { 200: { description: "The document", schema: z.looseObject({ openapi: z.string() }) } },
      problems: [],
    },
    async ({ deps }) => json(200, await describe(deps.version)),
  );
  return [health, version, openapi];
}
