// Following events over connections that break: each once, in order, none left out, and no silence about what was lost.
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServe, problem } from "../../test/support/fake-serve.ts";
import { createClient } from "./client.ts";
import { followEvents, type FollowItem, type FollowOptions } from "./follow.ts";

let serve: FakeServe;
let stop: AbortController;
beforeEach(async () => {
  serve = await new FakeServe().start();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await serve.stop();
});

const until = { timeout: 10_000, interval: 5 };
const client = () => createClient({ url: serve.url, token: serve.token });

// Follows in the background; what came is in `items`.
function follow(options: FollowOptions = {}): { readonly items: FollowItem[]; readonly breaks: unknown[]; readonly ended: Promise<unknown> } {
  const items: FollowItem[] = [];
  const breaks: unknown[] = [];
  const run = async (): Promise<void> => {
    for await (const item of followEvents(client(), { retryBaseMs: 5, onBreak: (error) => breaks.push(error), ...options }, stop.signal)) items.push(item);
  };
  return {
    items,
    breaks,
    ended: run().then(
      () => undefined,
      (error: unknown) => error,
    ),
  };
}
const seqs = (items: readonly FollowItem[]): (number | string)[] => items.map((item) => (item.kind === "event" ? item.event.seq : `reset ${item.head}`));
const happen = (n: number): void => {
  for (let i = 0; i < n; i++) serve.moveSession("s-1", i % 2 ? "active" : "paused");
};

test("every event comes once and in order, however often the stream is cut or serve is away", async () => {
  happen(3);
  const { items, breaks } = follow({ after: 1 });
  await expect.poll(() => seqs(items), until).toEqual([2, 3]);
  serve.cutStreams();
  happen(2);
  await expect.poll(() => seqs(items), until).toEqual([2, 3, 4, 5]);
  await serve.stop();
  happen(2);
  await expect.poll(() => breaks.length, until).toBeGreaterThan(2);
  await serve.start();
  await expect.poll(() => seqs(items), until).toEqual([2, 3, 4, 5, 6, 7]);
});

test("without a cursor only what happens from the first connection on is told, also what happens during a break", async () => {
  happen(3);
  const { items } = follow();
  await expect.poll(() => serve.streams, until).toBe(1);
  serve.cutStreams();
  happen(1);
  await expect.poll(() => seqs(items), until).toEqual([4]);
});

test("a cursor that serve cannot resume is a reset, and then what happens after it", async () => {
  happen(3);
  const { items } = follow({ after: 99 });
  await expect.poll(() => seqs(items), until).toEqual(["reset 3"]);
  await expect.poll(() => serve.streams, until).toBe(1);
  happen(1);
  await expect.poll(() => seqs(items), until).toEqual(["reset 3", 4]);
});

test("another serve at the address is a reset: its seqs are its own", async () => {
  happen(3);
  const { items } = follow({ after: 0 });
  await expect.poll(() => seqs(items), until).toEqual([1, 2, 3]);
  serve.serveId = "serve-2";
  serve.head = 10;
  serve.cutStreams();
  await expect.poll(() => seqs(items), until).toEqual([1, 2, 3, "reset 10"]);
  expect(items.at(-1)).toMatchObject({ serve_id: "serve-2" });
});

test("an overloaded serve is asked again; a refused token and another program end it; the signal ends it quietly", async () => {
  let n = 0;
  serve.script = () => (n++ < 2 ? problem("store_unavailable", "busy", { "Retry-After": "0" }) : undefined);
  const busy = follow({ after: 0 });
  await expect.poll(() => serve.streams, until).toBe(1);
  expect(busy.breaks).toHaveLength(2);
  stop.abort();
  expect(await busy.ended).toBeUndefined();
  stop = new AbortController();
  for (const [answer, code] of [
    [problem("unauthorized"), "unauthorized"],
    [{ status: 200, text: "<html>hello</html>" }, "unreachable"],
  ] as const) {
    serve.script = () => answer;
    expect(await follow().ended).toMatchObject({ code });
  }
});
