// The listening socket of serve: loopback only, bounded, and with problem documents even where node has no request yet.
// Must not know routes.
import { createServer, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { AiwgError, messageOf, type ErrorCode } from "../core/errors.ts";
import { hasErrno } from "../core/node/fs.ts";
import { allowedFor, type Allowed } from "./guard.ts";
import { LIMITS } from "./limits.ts";
import { rawProblem } from "./problem.ts";

export type Listening = { readonly server: Server; readonly url: string; readonly allowed: Allowed };

/** The address of a bind argument; throws `usage` unless it is loopback. */
export function loopbackAddress(bind: string): string {
  const address = bind === "localhost" ? "127.0.0.1" : bind.replace(/^\[(.*)\]$/, "$1");
  const loopback = isIP(address) === 4 ? address.startsWith("127.") : address === "::1";
  if (!loopback)
    throw new AiwgError("usage", `--bind ${bind} is not a loopback address`, { hint: "Serve listens on this machine only: use 127.0.0.1 or ::1." });
  return address;
}

type Fault = readonly [code: ErrorCode, message: string];
const SOCKET_FAULTS: Readonly<Record<string, Fault>> = {
  HPE_HEADER_OVERFLOW: ["header_too_large", `the request line and headers exceed ${LIMITS.headers} bytes`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ["too_large", "the chunk extensions are too large"],
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "the request did not arrive in time"],
};
const MALFORMED: Fault = ["invalid_request", "the request is not valid HTTP/1.1"];

/**
 * Answers what node could not parse, or what came too slowly. Only where nothing else is owed or half sent: a refusal must
 * never pass for the answer to an earlier request of the same connection.
 */
function answerBrokenRequests(server: Server): void {
  const last = new WeakMap<Duplex, ServerResponse>();
  server.on("request", (request, response) => last.set(request.socket, response));
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    const response = last.get(socket);
    const owed = response !== undefined && !response.headersSent && response.req.complete;
    const half = response !== undefined && response.headersSent && !(response.writableFinished && response.req.complete);
    if (half || !socket.writable || error.code === "ECONNRESET") socket.destroy();
    else if (owed) response.once("finish", () => socket.end());
    else socket.end(rawProblem(new AiwgError(...(SOCKET_FAULTS[error.code ?? ""] ?? MALFORMED))), () => socket.destroy());
  });
}

/** What `listen` failed with, as an error that says what to do. */
function listenError(error: Error, address: string, port: number): AiwgError {
  if (hasErrno(error, "EADDRINUSE")) {
    const hint = "Stop the other program, or choose another port with --port (0 picks a free one).";
    return new AiwgError("lock_held", `port ${port} on ${address} is in use by another program`, { cause: error, hint });
  }
  if (hasErrno(error, "EACCES")) {
    return new AiwgError("usage", `this user may not listen on port ${port}`, { cause: error, hint: "Choose a port from 1024 on with --port." });
  }
  return new AiwgError("unreachable", `cannot listen on ${address}: ${messageOf(error)}`, { cause: error, hint: "Choose another --bind or --port." });
}

function listenOn(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, address, port));
    server.once("error", fail);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

/** Listens; nobody answers yet. Throws `usage` for a bind that is not loopback, `lock_held` for a port in use. */
export async function listen(bind: string, port: number): Promise<Listening> {
  const address = loopbackAddress(bind);
  const server = createServer({
    maxHeaderSize: LIMITS.headers,
    headersTimeout: LIMITS.headersTimeoutMs,
    requestTimeout: LIMITS.requestTimeoutMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    connectionsCheckingInterval: 2_000,
    // A missing Host is judged with the other headers, so that its answer is a problem document too.
    requireHostHeader: false,
    noDelay: true,
    // Other offers to upgrade (h2c) are declined by answering over HTTP/1.1.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
  server.maxConnections = LIMITS.connections;
  answerBrokenRequests(server);
  await listenOn(server, address, port);
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new AiwgError("internal", "the server has no port");
  return { server, url: `http://${address.includes(":") ? `[${address}]` : address}:${bound.port}`, allowed: allowedFor(address, bound.port) };
}
