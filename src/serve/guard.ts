// Which requests may reach serve at all: Host and Origin allow-lists against DNS rebinding and foreign pages
// (security statements 5–7). Pure over headers, the same for HTTP and upgrades; must not know routes or tokens.
import type { IncomingHttpHeaders } from "node:http";
import { AiwgError } from "../core/errors.ts";

/** Host header values and origins that are ours, in lower case. */
export type Allowed = { readonly hosts: ReadonlySet<string>; readonly origins: ReadonlySet<string> };

/** The loopback names of a serve that listens on `bind` (an address) and `port`. */
export function allowedFor(bind: string, port: number): Allowed {
  const names = new Set(["127.0.0.1", "localhost", "[::1]", bind.includes(":") ? `[${bind}]` : bind]);
  const hosts = new Set<string>();
  const origins = new Set<string>();
  for (const name of names) {
    hosts.add(`${name}:${port}`);
    origins.add(`http://${name}:${port}`);
    // Clients leave out the port that is HTTP's own.
    if (port === 80) {
      hosts.add(name);
      origins.add(`http://${name}`);
    }
  }
  return { hosts, origins };
}

/**
 * Undefined if the request comes to our name and from no foreign page; else why not. Origin is compared with the
 * list, never with Host: a rebound name would match itself.
 */
export function judgeRequest(headers: IncomingHttpHeaders, allowed: Allowed): AiwgError | undefined {
  const host = headers.host;
  if (host === undefined) return new AiwgError("invalid_request", "the request has no Host header");
  if (!allowed.hosts.has(host.toLowerCase())) return new AiwgError("misdirected_request", "the Host header does not name this serve");
  const origin = headers.origin;
  if (origin !== undefined && !allowed.origins.has(origin.toLowerCase())) return new AiwgError("foreign_origin", "the Origin header names another site");
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return new AiwgError("foreign_origin", "the browser says that another site asks");
  return undefined;
}
