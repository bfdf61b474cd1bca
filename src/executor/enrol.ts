// Registers the executor with serve: only the hash of its secret leaves; a token of a larger role is used the first time only.
// Must not dial the link.
import { z } from "zod";
import { AiwgError, messageOf } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { Target } from "../core/target.ts";
import { problemSchema, registeredSchema, versionSchema } from "../mission/wire/http.ts";
import { type Identity, identityFor, secretHash } from "./identity.ts";

export type Enrolment = { readonly identity: Identity; readonly wsUrl: string };
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What an executor says of itself (contract §2.2). */
export type Introduction = {
  readonly executor_id: string;
  readonly name: string;
  readonly version: string;
  readonly spec_version: string;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly host_id: string;
};

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 256 * 1024;

type Answer = { readonly status: number; readonly body: unknown; readonly said: string };

async function call(fetch: Fetch, url: string, token: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  try {
    const response = await fetch(url, { ...init, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = (await response.text()).slice(0, MAX_ANSWER);
    const body = parseJson(text)?.value;
    const problem = problemSchema.partial().safeParse(body);
    return { status: response.status, body, said: (problem.success ? problem.data.detail : undefined) ?? `HTTP ${response.status}` };
  } catch (error) {
    const { cause } = error instanceof Error ? error : {};
    throw new AiwgError("unreachable", `${url}: ${messageOf(cause ?? error)}`, { cause: error });
  }
}

async function serveIdOf(fetch: Fetch, target: Target): Promise<string | null> {
  const answer = await call(fetch, `${target.url}/api/v1/version`, target.token);
  // A token that may only enrol cannot read the version.
  const parsed = versionSchema.pick({ serve_id: true }).safeParse(answer.body);
  return answer.status === 200 && parsed.success ? parsed.data.serve_id : null;
}

// The token was issued for this origin: another host in the answer does not get it.
function linkUrl(target: Target, executorId: string, offered: string): string {
  const own = new URL(`${target.url}/ws/executors/${encodeURIComponent(executorId)}`);
  own.protocol = own.protocol === "https:" ? "wss:" : "ws:";
  const parsed = z.url().safeParse(offered);
  if (!parsed.success) return own.href;
  const other = new URL(parsed.data);
  return other.protocol === own.protocol && other.host === own.host ? other.href : own.href;
}

/** Registers (again) and says where the link is. Rejects with unreachable, unauthorized or forbidden. */
export async function enrol(target: Target, body: Introduction, options: { readonly dir: string; readonly fetch: Fetch }): Promise<Enrolment> {
  const identity = identityFor(options.dir, new URL(target.url).origin, target.serveId ?? (await serveIdOf(options.fetch, target)));
  const text = JSON.stringify({ ...body, token_sha256: secretHash(identity.secret) });
  // First as who we are: the token of the target may be used up, or belong to somebody who may not touch an existing executor.
  let answer: Answer | undefined;
  for (const token of identity.isNew ? [target.token] : [identity.secret, target.token]) {
    answer = await call(options.fetch, `${target.url}/api/v1/executors/register`, token, { method: "POST", body: text });
    if (answer.status !== 401 && answer.status !== 403) break;
  }
  const registered = registeredSchema.partial().safeParse(answer?.body);
  if (answer?.status === 201 || answer?.status === 200)
    return { identity, wsUrl: linkUrl(target, body.executor_id, registered.success ? (registered.data.ws_url ?? "") : "") };
  const code = answer?.status === 401 ? "unauthorized" : answer?.status === 403 ? "forbidden" : "unreachable";
  throw new AiwgError(code, `${target.url} did not register executor ${body.executor_id}: ${answer?.said ?? "no answer"}`);
}
