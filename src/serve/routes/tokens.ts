// Routes of tokens: mint, list, revoke; one-time codes and the browser's token for one (contract §2.2). A token's text leaves once and is never stored. Must not know files.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { mintSecret } from "../../core/ids.ts";
import { rfc3339 } from "../../core/time.ts";
import { codeMintedSchema, sessionCodeBodySchema, sessionCodeSchema, tokenBodySchema, tokenCreatedSchema, tokenSchema } from "../../mission/wire/http.ts";
import { json, noContent } from "../answer.ts";
import { tokenHash } from "../auth.ts";
import { LIMITS } from "../limits.ts";
import { route, type Route } from "../route.ts";

// An enrolment that nobody bounded: one executor, within the hour.
const ENROL = { uses: 1, ttlS: 3_600 } as const;

const create = route(
  {
    method: "POST",
    path: "/api/v1/tokens",
    access: "admin",
    summary: "Mint a token; an enrol token without bounds registers one executor within an hour",
    body: tokenBodySchema.refine((body) => body.role === "enrol" || (body.uses ?? null) === null, {
      path: ["uses"],
      message: "only an enrol token counts its uses",
    }),
    bodyLimit: LIMITS.body,
    answers: { 201: { description: "The only time that the token is shown", schema: tokenCreatedSchema } },
    problems: [],
  },
  async ({ deps, body }) => {
    const token = mintSecret();
    const enrol = body.role === "enrol";
    const ttlS = body.ttl_s ?? (enrol ? ENROL.ttlS : null);
    const expiresAt = ttlS === null ? null : deps.clock.now() + ttlS * 1_000;
    const uses = enrol ? (body.uses ?? ENROL.uses) : null;
    const { id } = await deps.store.createToken({ hash: tokenHash(token), role: body.role, executorId: null, name: body.name ?? null, uses, expiresAt });
    return json(201, { id, token, role: body.role, ...(expiresAt === null ? {} : { expires_at: rfc3339(expiresAt) }) });
  },
);

const list = route(
  {
    method: "GET",
    path: "/api/v1/tokens",
    access: "admin",
    summary: "All live tokens, without their text",
    answers: { 200: { description: "Tokens", schema: z.object({ tokens: z.array(tokenSchema) }) } },
    problems: [],
  },
  async ({ deps }) => json(200, { tokens: await deps.store.tokens() }),
);

const revoke = route(
  {
    method: "DELETE",
    path: "/api/v1/tokens/{token_id}",
    access: "admin",
    summary: "Revoke a token; what was opened with it ends",
    answers: { 204: { description: "Gone" } },
    problems: ["not_found"],
  },
  async ({ deps, params }) => {
    if (!(await deps.store.deleteToken(params.token_id))) throw new AiwgError("not_found", `there is no token ${params.token_id}`);
    return noContent();
  },
);

const mint = route(
  {
    method: "POST",
    path: "/api/v1/session-codes",
    access: "admin",
    summary: "A one-time code for a browser on this machine, good for a minute",
    answers: { 201: { description: "The only time that the code is shown", schema: codeMintedSchema } },
    problems: [],
  },
  async ({ deps }) => {
    const expires_at = rfc3339(deps.clock.now() + LIMITS.codeTtlMs);
    return json(201, { code: deps.codes.mint(), expires_at });
  },
);

// A browser's token lasts a working day; a new code is one command away.
const BROWSER_TTL_MS = 12 * 3_600_000;

const exchange = route(
  {
    method: "POST",
    path: "/api/v1/session-code",
    access: "none",
    summary: "Exchange a one-time code for a browser's token",
    body: sessionCodeBodySchema,
    bodyLimit: LIMITS.codeBody,
    answers: { 200: { description: "The only time that the token is shown", schema: sessionCodeSchema } },
    problems: ["unauthorized", "rate_limited"],
  },
  async ({ deps, body }) => {
    if (!deps.codes.redeem(body.code)) throw new AiwgError("unauthorized", "the code is wrong, was used, or is older than a minute");
    const token = mintSecret();
    const expiresAt = deps.clock.now() + BROWSER_TTL_MS;
    await deps.store.createToken({ hash: tokenHash(token), role: "operate", executorId: null, name: "browser", uses: null, expiresAt });
    return json(200, { token, role: "operate", expires_at: rfc3339(expiresAt) });
  },
);

export const tokenRoutes: readonly Route[] = [create, list, revoke, mint, exchange];
