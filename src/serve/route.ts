// A route of serve as a row of data: what it is called, who may call it, what goes in, what comes out. The mounted app,
// the OpenAPI document and the tests all read the same rows. Must not know any particular route.
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { AiwgError, type ErrorCode } from "../core/errors.ts";
import { parseWith } from "../core/json.ts";
import type { Clock } from "../core/time.ts";
import type { Role } from "../mission/model.ts";
import type { Answer } from "./answer.ts";
import type { EventStreams } from "./events-stream.ts";
import type { Links } from "./links.ts";
import type { SessionCodes } from "./session-codes.ts";
import type { Principal, Store } from "./store/store.ts";

/** Who may call a route: `none` needs no token; `enrol` is register, for tokens made for it, executors and admins. */
export type Access = "none" | "read" | "operate" | "admin" | "enrol";
export const ACCESS_ROLES: Readonly<Record<Access, readonly Role[]>> = {
  none: ["read", "operate", "admin", "enrol", "executor"],
  read: ["read", "operate", "admin"],
  operate: ["operate", "admin"],
  admin: ["admin"],
  enrol: ["enrol", "admin", "executor"],
};

/** What every handler may use. */
export type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly version: string;
  readonly streams: EventStreams;
  readonly links: Pick<Links, "diff" | "open">;
  readonly codes: SessionCodes;
};

/** A request that passed guard, authentication, role and body limits. `principal` is undefined only where access is `none`. */
export type RawCall = {
  readonly deps: Deps;
  readonly principal: Principal | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Decoded, valid ids of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
};

type AnswerRow = { readonly description: string; readonly schema?: z.ZodType; readonly type?: string; readonly headers?: Readonly<Record<string, string>> };

/** The row without what runs. `path` has `{name}` for ids. */
export type RouteRow = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Largest body in bytes; required with `body`. */
  readonly bodyLimit?: number;
  /** No body at all stands for `{}`: every member is optional. */
  readonly bodyOptional?: boolean;
  /** Request headers that matter, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, AnswerRow>>;
  /** Codes beyond those that any route can answer. */
  readonly problems: readonly ErrorCode[];
};

/** `handle` throws at once what the schemas refuse, and rejects with what happens later. */
export type Route = RouteRow & { readonly handle: (call: RawCall) => Promise<Answer> };

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Params<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? { readonly [K in Name]: string } & Params<Rest> : unknown;
/** A call as the handler of one row sees it. `rawBody` is the body before any schema. */
export type Call<R extends RouteRow> = Omit<RawCall, "params" | "query" | "body"> & {
  readonly params: Params<R["path"]>;
  readonly query: Parsed<R["query"]>;
  readonly body: Parsed<R["body"]>;
  readonly rawBody: unknown;
};

// A repeated parameter becomes one list separated by commas, as it could also be written.
function queryObject(query: URLSearchParams): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of query) values.set(name, values.has(name) ? `${values.get(name)},${value}` : value);
  return Object.fromEntries(values);
}

const noQuery = z.strictObject({});

/** Makes a row and its handler a route: the handler sees query and body already judged by the row's schemas. */
export function route<const R extends RouteRow>(row: R, handler: (call: Call<R>) => Promise<Answer>): Route {
  const { query: querySchema = noQuery, body: bodySchema } = row;
  return {
    ...row,
    handle: (raw) => {
      // A parameter that no one reads would be a filter that does not filter: it is refused.
      const query = querySchema === noQuery && raw.query.size === 0 ? undefined : parseWith(querySchema, queryObject(raw.query), "the query");
      const body = bodySchema ? parseWith(bodySchema, raw.body, "the body") : undefined;
      return handler({
        ...raw,
        params: raw.params as Params<R["path"]>,
        query: query as Parsed<R["query"]>,
        body: body as Parsed<R["body"]>,
        rawBody: raw.body,
      });
    },
  };
}

/** Who calls; every route but those of access `none` has one. */
export function principalOf(call: Pick<RawCall, "principal">): Principal {
  if (!call.principal) throw new AiwgError("internal", "a route that needs a token was called without one");
  return call.principal;
}
