// The door of short commands to serve: a client with the token that is meant for it, or the reason why there is none.
// Must not keep a token.
import type { Client } from "../client/client.ts";
import { AiwgError } from "../core/errors.ts";
import type { Cli } from "./command.ts";
import { type Meant, type Where, meantServe } from "./local-serve.ts";

/** Where this command line says that serve is. */
export async function whereOf(cli: Cli, url?: string): Promise<Where> {
  return { places: cli.places, env: cli.env, config: await cli.config(), url };
}

/** The serve that is meant here, or why there is none. Sends nothing. */
export async function serveHere(cli: Cli): Promise<Meant> {
  return meantServe(await whereOf(cli));
}

/** A client, or the reason why none can be had now. Sends nothing. */
export async function tryServe(cli: Cli): Promise<{ readonly client: Client } | { readonly fault: string }> {
  const meant = await serveHere(cli);
  if ("fault" in meant) return meant;
  // Not before it is needed: it brings a schema library along.
  const { createClient } = await import("../client/client.ts");
  return { client: createClient(meant) };
}

/** A client, or `unreachable` that says what to start. */
export async function requireServe(cli: Cli): Promise<Client> {
  const door = await tryServe(cli);
  if ("client" in door) return door.client;
  throw new AiwgError("unreachable", door.fault, { hint: "Start one with aiwg up, or name one with AIWG_SERVE_URL and AIWG_TOKEN." });
}
