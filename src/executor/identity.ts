// The executor's own secret towards each serve: minted here, kept 0600, never sent to another origin than its own.
// Must not talk to the network.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { mintSecret } from "../core/ids.ts";
import { parseJson } from "../core/json.ts";
import { makePrivateDir, readIfExists, writeFileAtomic } from "../core/node/fs.ts";

const identitySchema = z.object({ origin: z.string(), serve_id: z.string().nullable(), secret: z.string().min(32) });
export type Identity = z.output<typeof identitySchema> & {
  /** Names the folder of what belongs to this serve. */
  readonly key: string;
  /** Minted just now: serve cannot know it. */
  readonly isNew: boolean;
};

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
const isLoopback = (origin: string): boolean => LOOPBACK.has(new URL(origin).hostname);
const short = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
const FILE = "identity.json";

/** What serve stores of a secret. */
export function secretHash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function readAll(dir: string): Identity[] {
  makePrivateDir(dir);
  return readdirSync(dir).flatMap((key) => {
    const parsed = identitySchema.safeParse(parseJson(readIfExists(join(dir, key, FILE)) ?? "")?.value);
    return parsed.success ? [{ ...parsed.data, key, isNew: false }] : [];
  });
}

/**
 * The identity towards the serve at `origin`, minted and stored if there is none. `serveId` (null if serve did not tell)
 * recognises a local serve that came back on another port; a remote one is known by its origin alone.
 */
export function identityFor(dir: string, origin: string, serveId: string | null): Identity {
  const known = readAll(dir);
  const isSame = (identity: Identity): boolean => identity.serve_id === serveId || identity.serve_id === null || serveId === null;
  const found =
    known.find((identity) => identity.origin === origin && isSame(identity)) ??
    known.find((identity) => serveId !== null && identity.serve_id === serveId && isLoopback(identity.origin) && isLoopback(origin));
  const key = found?.key ?? (serveId === null ? `origin-${short(origin)}` : `serve-${short(`${serveId} ${isLoopback(origin) ? "local" : origin}`)}`);
  const identity = { origin, serve_id: serveId ?? found?.serve_id ?? null, secret: found?.secret ?? mintSecret() };
  if (found?.origin !== identity.origin || found.serve_id !== identity.serve_id) writeFileAtomic(join(dir, key, FILE), JSON.stringify(identity));
  return { ...identity, key, isNew: found === undefined };
}
