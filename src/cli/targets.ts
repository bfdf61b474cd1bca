// Where the long-running rooms get their serve from: the admin token is exchanged once for a narrow one, which is kept with
// the serve and origin it was issued for and sent nowhere else. Must not know what bridge and executor do with it.
import { statSync } from "node:fs";
import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { readIfExists, writeFileAtomic } from "../core/node/fs.ts";
import type { Log } from "../core/node/log.ts";
import type { Target, TargetFault, TargetSource } from "../core/target.ts";
import type { Clock } from "../core/time.ts";
import { type ClientOptions, createClient } from "../client/client.ts";
import { type Meant, type Where, meantServe } from "./local-serve.ts";

/**
 * What a long-running room may do at serve. `file` (0600) keeps the token with the serve and origin it was issued for;
 * an enrolment is used up at once and kept by nobody: the executor then has a token of its own.
 */
export type Narrow = { readonly name: string } & ({ readonly role: "operate"; readonly file: string } | { readonly role: "enrol" });

type Deps = { readonly clock: Clock; readonly log: Log; readonly fetchImpl?: typeof globalThis.fetch };

const keptSchema = z.object({ serve_id: z.string(), origin: z.string(), id: z.string(), token: z.string() });
type Kept = z.output<typeof keptSchema>;

// Files are looked at this often; the contract asks for a change to be seen within 1 s.
const LOOK_EVERY_MS = 400;
// A token may be revoked without any file changing; what was resolved is proved again after this long.
const PROVE_AGAIN_MS = { operate: 10_000, enrol: 600_000 } as const;

function readKept(path: string): Kept | undefined {
  const parsed = keptSchema.safeParse(parseJson(readIfExists(path) ?? "")?.value);
  return parsed.success ? parsed.data : undefined;
}

function stamp(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : "none";
}

/** The narrow target for what is meant now. A serve that does not answer is a fault. */
async function narrow(meant: Target, kind: Narrow, deps: Deps): Promise<Target | TargetFault> {
  const { origin } = new URL(meant.url);
  const options = deps.fetchImpl ? { fetchImpl: deps.fetchImpl } : {};
  try {
    const admin = createClient({ url: meant.url, token: meant.token, ...options });
    const { serve_id } = await admin.version();
    const kept = kind.role === "operate" ? readKept(kind.file) : undefined;
    if (kept && kept.serve_id === serve_id && kept.origin === origin && (await isValid({ url: meant.url, token: kept.token, ...options }))) {
      return { url: meant.url, token: kept.token, serveId: serve_id };
    }
    const { id, token } = await admin.createToken({ role: kind.role, name: kind.name });
    // The one before was for another origin of the same serve: nobody holds it any more.
    if (kept && kept.serve_id === serve_id) await admin.deleteToken(kept.id).catch(() => undefined);
    if (kind.role === "operate") writeFileAtomic(kind.file, JSON.stringify({ serve_id, origin, id, token } satisfies Kept));
    deps.log.info({ role: kind.role, origin }, "exchanged the local admin token for a narrow one");
    return { url: meant.url, token, serveId: serve_id };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

function isValid(options: ClientOptions): Promise<boolean> {
  return createClient(options)
    .version()
    .then(
      () => true,
      () => false,
    );
}

/** The source for one room. Answers are remembered until a file changes or some time passed. */
export function narrowTargets(where: Where, kind: Narrow, deps: Deps): TargetSource {
  const files = [where.places.serveFile, where.places.token];
  const look = (): string => `${files.map(stamp).join(" ")} ${JSON.stringify(meantServe(where))}`;
  let known: { readonly seen: string; readonly at: number; readonly target: Target } | undefined;
  let asking: Promise<Target | TargetFault> | undefined;

  async function ask(): Promise<Target | TargetFault> {
    const meant: Meant = meantServe(where);
    if ("fault" in meant) return meant;
    if (!meant.local) return { url: meant.url, token: meant.token };
    const seen = look();
    if (known?.seen === seen && deps.clock.monotonic() - known.at < PROVE_AGAIN_MS[kind.role]) return known.target;
    const target = await narrow(meant, kind, deps);
    if ("url" in target) known = { seen, at: deps.clock.monotonic(), target };
    return target;
  }

  return {
    resolve() {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    subscribe(changed) {
      let seen = look();
      let cancel = (): void => undefined;
      const again = (): void => {
        const now = look();
        if (now !== seen) {
          seen = now;
          changed();
        }
        cancel = deps.clock.after(LOOK_EVERY_MS, again);
      };
      cancel = deps.clock.after(LOOK_EVERY_MS, again);
      return () => cancel();
    },
  };
}
