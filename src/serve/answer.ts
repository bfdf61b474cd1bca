// What a handler answers, as a value: JSON, text, nothing, or a stream that goes on. Must not know sockets but for the stream's end of it.
import type { ServerResponse } from "node:http";

type Headers = Readonly<Record<string, string>>;

export type Answer =
  | { readonly kind: "json"; readonly status: number; readonly headers: Headers; readonly body: unknown }
  | { readonly kind: "text"; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly kind: "empty"; readonly status: number; readonly headers: Headers }
  /** Takes over the response, head included; never rejects. */
  | { readonly kind: "stream"; readonly open: (response: ServerResponse) => void };

const NONE: Headers = {};

/** A JSON answer; `body` must be what the row's schema says. */
export function json(status: number, body: unknown, headers: Headers = NONE): Answer {
  return { kind: "json", status, headers, body };
}

/** Plain UTF-8 text. */
export function text(body: string, headers: Headers = NONE): Answer {
  return { kind: "text", status: 200, headers, text: body };
}

/** 204: done, nothing to say. */
export function noContent(): Answer {
  return { kind: "empty", status: 204, headers: NONE };
}
