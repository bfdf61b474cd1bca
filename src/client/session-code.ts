// Exchanging a one-time code for a token: the one call that needs none.
import { sessionCodeSchema } from "../mission/wire/http.ts";
import type { SessionToken } from "./api.ts";
import { call, connectionOf } from "./call.ts";
import type { ClientOptions } from "./options.ts";

/** A token of role `operate` for a code that serve showed; a code works once, for 60 s. Rejects with unauthorized otherwise. */
export function redeemSessionCode(options: Omit<ClientOptions, "token">, code: string): Promise<SessionToken> {
  return call(connectionOf({ ...options, token: null }), sessionCodeSchema, { method: "POST", path: ["session-code"], body: { code } });
}
