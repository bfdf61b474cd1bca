// A model server on loopback that records every request and plays the steps of the scene that is on. Must not know any client.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wireOf, type Reply } from "./wire.ts";

/**
 * One request for an answer. `results`: how many results of tools it carries, so 0 is what the model is told before it does anything.
 * `inner`: a subagent asks, not the session itself.
 */
export type Recorded = { readonly body: string; readonly tools: readonly string[]; readonly results: number; readonly inner: boolean };

/** Stands in the prompt of a subagent, whose questions are answered with words at once. */
export const INNER = "INNER-TASK";

export type Recorder = {
  readonly url: string;
  /** Forgets what was recorded; from now on plays these steps, the n-th after n results of tools; then it says "done". */
  play(steps: readonly ((tools: readonly string[]) => Reply)[]): void;
  /** What was asked since `play`, in order. */
  readonly recorded: () => readonly Recorded[];
  /** Method and path of everything else that was asked since `play`. */
  readonly others: () => readonly string[];
  close(): Promise<void>;
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts the server on a free port. */
export async function startRecorder(): Promise<Recorder> {
  let steps: readonly ((tools: readonly string[]) => Reply)[] = [];
  let recorded: Recorded[] = [];
  let others: string[] = [];
  let count = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const body = await readBody(request);
    const wire = request.method === "POST" ? wireOf(path) : undefined;
    if (wire === undefined) {
      others.push(`${request.method} ${path}`);
      // Signs of life are confirmed; all else (package registries, lists of models) is not here.
      const alive = path === "/" || path === "/api/hello" || path === "/v1/messages/count_tokens";
      response.writeHead(alive ? 200 : 404, { "content-type": "application/json" }).end(alive ? '{"input_tokens":100}' : "{}");
      return;
    }
    const question = wire.read(JSON.parse(body));
    const inner = question.results === 0 && body.includes(INNER);
    recorded.push({ body, tools: question.tools, results: question.results, inner });
    count += 1;
    // Titles and suggestions come without tools.
    const reply = question.tools.length === 0 || inner ? { text: "ok" } : (steps[question.results]?.(question.tools) ?? { text: "done" });
    wire.send(response, question, reply, String(count));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      others.push(`error ${String(error)}`);
      if (!response.headersSent) response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: String(error) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(next) {
      steps = next;
      recorded = [];
      others = [];
    },
    recorded: () => recorded,
    others: () => others,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
