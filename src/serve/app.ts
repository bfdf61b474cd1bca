// The table of routes mounted on node:http: guard, authentication, role, syntax, handler, answer, in this order.
// Plain node requests, since web Request objects cost a fifth of the throughput. Must not know any particular route.
import type { IncomingMessage, ServerResponse } from "node:http";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Answer } from "./answer.ts";
import type { Authenticate } from "./auth.ts";
import { readJson } from "./body.ts";
import { judgeRequest, type Allowed } from "./guard.ts";
import { LIMITS } from "./limits.ts";
import { problemOf, PROBLEM_TYPE } from "./problem.ts";
import { slowDown, type CountRefusal } from "./refusals.ts";
import { ACCESS_ROLES, type Deps, type Route } from "./route.ts";
import { createRouter, decodeIds } from "./router.ts";

export type AppOptions = {
  readonly table: readonly Route[];
  readonly deps: Deps;
  readonly allowed: Allowed;
  readonly authenticate: Authenticate;
  readonly countRefusal: CountRefusal;
  readonly log: Log;
};

export type App = {
  /** A listener for node's server; never throws. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** From now on every new request is answered 503 `stopping`. Resolves when none is in flight but streams. */
  readonly stop: () => Promise<void>;
};

function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  if (!target.startsWith("/")) throw new AiwgError("invalid_request", "the request target must be a path");
  const at = target.indexOf("?");
  if (at === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) };
}

function write(response: ServerResponse, status: number, type: string, body: string, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(body);
}

function send(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case "json":
      return write(response, answer.status, "application/json", JSON.stringify(answer.body), answer.headers);
    case "text":
      return write(response, answer.status, answer.type, answer.text, answer.headers);
    case "empty":
      response.writeHead(answer.status, { ...answer.headers }).end();
      return undefined;
    case "stream":
      return answer.open(response);
  }
}

/** Carries what a problem needs beyond its error. */
type Refusal = { readonly error: unknown; readonly headers: Readonly<Record<string, string>> };

/** Mounts a table of routes. */
export function createApp(options: AppOptions): App {
  const { table, deps, allowed, authenticate, countRefusal, log } = options;
  const find = createRouter(table);
  let stopping = false;
  let inFlight = 0;
  let idle: (() => void) | undefined;

  async function judge(request: IncomingMessage): Promise<Answer | Refusal> {
    if (stopping) throw new AiwgError("stopping", "serve is shutting down");
    const fault = judgeRequest(request.headers, allowed);
    if (fault) throw fault;
    const { path, query } = splitTarget(request.url ?? "");
    const match = find(path);
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "");
    const found = match?.get(method);
    const row = found?.row;
    // Whoever has no token learns nothing, not even which routes exist.
    const principal = row?.access === "none" ? undefined : await authenticate(request.headers.authorization);
    if (!match) throw new AiwgError("not_found", "there is nothing at this path");
    if (!found || !row) {
      const allow = [...match.keys()].flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name])).join(", ");
      return { error: new AiwgError("method_not_allowed", `${request.method} is not possible here; ${allow} is`), headers: { Allow: allow } };
    }
    if (principal && !ACCESS_ROLES[row.access].includes(principal.role)) {
      throw new AiwgError("forbidden", `a token of role ${principal.role} may not do this; it takes ${ACCESS_ROLES[row.access].join(" or ")}`);
    }
    const params = decodeIds(found.raw);
    const body = row.body ? await readJson(request, row.bodyLimit ?? LIMITS.body, row.bodyOptional === true) : undefined;
    return row.handle({ deps, principal, headers: request.headers, params, query, body });
  }

  function refuse(request: IncomingMessage, response: ServerResponse, { error, headers }: Refusal): void {
    if (!isAiwgError(error) || error.code === "internal") {
      const trace = error instanceof Error ? error.stack : String(error);
      log.error({ method: request.method, path: request.url?.split("?")[0], trace }, "a request met an unexpected error");
    }
    if (response.headersSent || response.destroyed) return;
    const problem = problemOf(slowDown(error, request.socket.remoteAddress, countRefusal));
    write(response, problem.status, PROBLEM_TYPE, JSON.stringify(problem.body), {
      ...problem.headers,
      ...headers,
      ...(stopping ? { Connection: "close" } : {}),
    });
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    inFlight += 1;
    try {
      const answer = await judge(request);
      if ("error" in answer) refuse(request, response, answer);
      else if (!response.destroyed) send(response, answer);
    } catch (error) {
      refuse(request, response, { error, headers: {} });
    } finally {
      inFlight -= 1;
      if (inFlight === 0) idle?.();
    }
  }

  return {
    handle: (request, response) => void respond(request, response),
    stop() {
      stopping = true;
      return inFlight === 0 ? Promise.resolve() : new Promise((resolve) => (idle = resolve));
    },
  };
}
