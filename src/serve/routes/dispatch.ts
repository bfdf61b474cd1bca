// POST /api/v1/sessions/{session_id}/dispatch (contract §2.1): from a request to one store operation and back.
// Must not know how missions are stored or assigned.
import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AiwgError, messageOf } from "../../core/errors.ts";
import { canonicalJson } from "../../core/json.ts";
import { dispatchAcceptedSchema, dispatchBodySchema } from "../../mission/wire/dispatch.ts";
import { accepted } from "../answer.ts";
import { parseIdempotencyKey } from "../idempotency-key.ts";
import { LIMITS } from "../limits.ts";
import { prefers } from "../prefer.ts";
import { route, type Route } from "../route.ts";

/** Fingerprint of a payload: sha256 of its canonical JSON (RFC 8785) together with the session. */
function fingerprint(sessionId: string, rawBody: unknown): Uint8Array {
  try {
    // Canonical too: its two members are in order. A digest as text costs a third of one as a buffer of its own.
    const text = `{"body":${canonicalJson(rawBody)},"session_id":${JSON.stringify(sessionId)}}`;
    return Buffer.from(hash("sha256", text, "binary"), "binary");
  } catch (cause) {
    throw new AiwgError("invalid_request", `the body has no canonical JSON form: ${messageOf(cause)}`, { cause });
  }
}

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}

const dispatch = route(
  {
    method: "POST",
    path: "/api/v1/sessions/{session_id}/dispatch",
    access: "operate",
    summary: "Accept a mission, durably and once",
    body: dispatchBodySchema,
    bodyLimit: LIMITS.dispatchBody,
    headers: {
      "Idempotency-Key": "RFC 8941 string; the mission id if absent",
      Prefer: "respond-async: store the mission even if no executor can take it now",
      traceparent: "W3C trace context, kept with the mission",
    },
    answers: {
      202: {
        description: "Stored; a repeat of the same request gives the same answer with idempotent_replayed: true",
        schema: dispatchAcceptedSchema,
        headers: { Location: "The mission", "Idempotent-Replayed": "true on a replay", "Preference-Applied": "respond-async, when it was needed" },
      },
    },
    problems: ["executor_not_found", "idempotency_conflict", "tombstone", "idempotency_key_reused", "dependency_cycle", "no_executor_available"],
  },
  async (call) => {
    const sessionId = call.params.session_id;
    const { body } = call;
    const key = parseIdempotencyKey(single(call.headers, "idempotency-key")) ?? body.mission_id;
    const respondAsync = prefers(call.headers["prefer"], "respond-async");
    const trace = single(call.headers, "traceparent");
    const verdict = await call.deps.store.dispatch({
      sessionId,
      body,
      hash: fingerprint(sessionId, call.rawBody),
      key,
      respondAsync,
      traceparent: trace !== undefined && TRACEPARENT.test(trace) ? trace : null,
    });
    return accepted(verdict, respondAsync && verdict.response.status === "queued" ? { "Preference-Applied": "respond-async" } : {});
  },
);

export const dispatchRoutes: readonly Route[] = [dispatch];
