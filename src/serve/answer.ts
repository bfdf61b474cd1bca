// What a handler answers, as a value: JSON, text, nothing, or a stream that goes on. Must not know sockets but for the stream's end of it.
import type { ServerResponse } from "node:http";
import type { DispatchVerdict } from "./store/store.ts";

type Headers = Readonly<Record<string, string>>;

export type Answer =
  | { readonly kind: "json"; readonly status: number; readonly headers: Headers; readonly body: unknown }
  | { readonly kind: "text"; readonly status: number; readonly type: string; readonly headers: Headers; readonly text: string }
  | { readonly kind: "empty"; readonly status: number; readonly headers: Headers }
  /** Takes over the response, head included; never rejects. */
  | { readonly kind: "stream"; readonly open: (response: ServerResponse) => void };

const NONE: Headers = {};

/** A JSON answer; `body` must be what the row's schema says. */
export function json(status: number, body: unknown, headers: Headers = NONE): Answer {
  return { kind: "json", status, headers, body };
}

/** UTF-8 text, plain unless `type` says more. */
export function text(body: string, headers: Headers = NONE, type = "text/plain; charset=utf-8"): Answer {
  return { kind: "text", status: 200, type, headers, text: body };
}

/** The 202 of a stored mission, with where it is and whether it was stored before. */
export function accepted({ response, replayed }: DispatchVerdict, headers: Headers = NONE): Answer {
  return json(202, response, { Location: `/api/v1/missions/${response.mission_id}`, ...(replayed ? { "Idempotent-Replayed": "true" } : {}), ...headers });
}

/** 204: done, nothing to say. */
export function noContent(): Answer {
  return { kind: "empty", status: 204, headers: NONE };
}
