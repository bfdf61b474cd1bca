// All executor links of this serve: who may open one, the newest of an id wins, and where commands go.
// Must not know what frames mean.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { AiwgError, isAiwgError, messageOf } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import { MAX_FRAME_BYTES, type RunRef } from "../mission/wire/frames.ts";
import type { Authenticate } from "./auth.ts";
import { judgeRequest, type Allowed } from "./guard.ts";
import { Link, type LinkOptions } from "./link.ts";
import { rawProblem } from "./problem.ts";
import { slowDown, type CountRefusal } from "./refusals.ts";
import type { Principal } from "./store/store.ts";
import type { TokenWatch } from "./token-watch.ts";

export type Links = {
  /** Takes over an HTTP upgrade: answers a problem, or opens the link. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The unified diff of a workspace, from the executor that holds it; rejects with executor_offline. */
  diff(executorId: string, run: RunRef): Promise<string>;
  /** How many links are open. */
  open(): number;
  /** Closes every link with 1001. */
  stop(): Promise<void>;
};

export type LinksOptions = LinkOptions & {
  readonly allowed: Allowed;
  readonly authenticate: Authenticate;
  readonly countRefusal: CountRefusal;
  readonly tokens: TokenWatch;
};

const PATH = /^\/ws\/executors\/([^/?#]+)$/;

function executorIdOf(request: IncomingMessage): string {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  const encoded = PATH.exec(path)?.[1];
  if (encoded === undefined) throw new AiwgError("not_found", "no upgrade at this path; executors connect at /ws/executors/{executor_id}");
  let id: string;
  try {
    id = decodeURIComponent(encoded);
  } catch {
    throw new AiwgError("invalid_request", "the executor id in the path is not valid percent-encoding");
  }
  if (!isId(id)) throw new AiwgError("invalid_request", "the executor id in the path is not valid");
  return id;
}

// What the library would refuse with a page of HTML (RFC 6455 §4.2.1).
function judgeHandshake({ method, headers }: IncomingMessage): void {
  if (method !== "GET") throw new AiwgError("method_not_allowed", "a link is opened with GET");
  if (headers["sec-websocket-version"] !== "13") throw new AiwgError("invalid_request", "Sec-WebSocket-Version must be 13");
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "")) throw new AiwgError("invalid_request", "Sec-WebSocket-Key must be 16 bytes in base64");
}

/** Opens the door for executors. */
export function createLinks(options: LinksOptions): Links {
  const { store, log, allowed, authenticate, countRefusal, tokens } = options;
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, clientTracking: false });
  const links = new Map<string, Link>();
  let stopped = false;

  const unsubscribe = store.subscribe((effects) => {
    for (const effect of effects) {
      if (effect.kind === "command") links.get(effect.executor_id)?.command(effect.command);
      else if (effect.kind === "revoked") links.get(effect.run.executor_id)?.revoke({ mission_id: effect.run.mission_id, attempt: effect.run.attempt });
      else if (effect.kind === "executor_gone") links.get(effect.executor_id)?.close(4004, "executor deregistered");
    }
  });

  const closing: Promise<void>[] = [];
  const offline = (executorId: string): void => {
    const noted = store
      .linkLost(executorId)
      .catch((error: unknown) => log.warn({ executor_id: executorId, error: messageOf(error) }, "link: disconnect could not be noted"));
    if (stopped) closing.push(noted);
  };

  const open = (request: IncomingMessage, socket: Duplex, head: Buffer, principal: Principal, id: string): void => {
    server.handleUpgrade(request, socket, head, (ws) => {
      const link = new Link(id, ws, options);
      links.get(id)?.close(4000, "replaced by a newer link");
      links.set(id, link);
      const unwatch = tokens.watch(principal, () => link.close(4001, "token revoked"));
      ws.on("close", () => {
        unwatch();
        // A replaced link says nothing about its successor.
        if (links.get(id) !== link) return;
        links.delete(id);
        log.info({ executor_id: id }, "executor disconnected");
        offline(id);
      });
    });
  };

  const admit = async (request: IncomingMessage): Promise<{ principal: Principal; id: string }> => {
    if (stopped) throw new AiwgError("stopping", "serve is shutting down");
    const refused = judgeRequest(request.headers, allowed);
    if (refused) throw refused;
    const id = executorIdOf(request);
    judgeHandshake(request);
    const principal = await authenticate(request.headers.authorization);
    if (principal.role !== "executor" || principal.executorId !== id) throw new AiwgError("forbidden", `only executor ${id}'s own token opens its link`);
    return { principal, id };
  };

  return {
    handleUpgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      admit(request).then(
        ({ principal, id }) => open(request, socket, head, principal, id),
        (error: unknown) => {
          const refusal = isAiwgError(error) ? error : new AiwgError("internal", messageOf(error));
          socket.end(rawProblem(slowDown(refusal, request.socket.remoteAddress, countRefusal)));
        },
      );
    },
    diff(executorId, run) {
      const link = links.get(executorId);
      return link ? link.diff(run) : Promise.reject(new AiwgError("executor_offline", `executor ${executorId}, which holds the workspace, is not connected`));
    },
    open: () => links.size,
    async stop() {
      stopped = true;
      unsubscribe();
      const closed = [...links.values()].map((link) => link.closed);
      for (const link of links.values()) link.close(1001, "serve is shutting down");
      await Promise.all(closed);
      await Promise.all(closing);
    },
  };
}
