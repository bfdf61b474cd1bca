// What every engine is asked for in the comparison, and how its package is loaded. Must not know any engine.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** One job from end to end: enqueued, claimed, completed, each durable before the next. */
export type Peer = { cycle(): Promise<void>; close(): Promise<void> };

/** Where an engine may work: a folder of its own, and the database or socket that was started for it. */
export type Where = { readonly folder: string; readonly connection: string };

/** Bytes of a job's payload. */
export const PAYLOAD = { objective: "x".repeat(480) };

/** A package of bench/package.json. It may be absent while this file is checked: `T` says what is used of it. */
export async function loadPeer<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(createRequire(import.meta.url).resolve(name)).href)) as T;
}

/** Lets a lane wait for the end of its job, whichever of both is known first. */
export function completions() {
  const ended = new Set<string>();
  const waiting = new Map<string, () => void>();
  return {
    done: (id: string): void => {
      const resolve = waiting.get(id);
      if (!resolve) return void ended.add(id);
      waiting.delete(id);
      resolve();
    },
    wait: (id: string): Promise<void> => {
      if (ended.delete(id)) return Promise.resolve();
      return new Promise((resolve) => waiting.set(id, resolve));
    },
  };
}
