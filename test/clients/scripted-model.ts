// A model server on loopback that plays a script in the shape of Anthropic's Messages API, and records what it was asked.
// Must not know aiwg: it sees only what a coding agent sends.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** What the model does next: use a tool of the client, say something (which ends the turn), or never answer. */
export type Step =
  | { readonly tool: string; readonly input: (cwd: string) => Readonly<Record<string, unknown>> }
  | { readonly text: string }
  | { readonly hold: true };

/** One request for a message that came with tools. `step` counts the tool results since `prompt`. */
export type Asked = { readonly prompt: string; readonly step: number; readonly prompts: readonly string[]; readonly cwd: string };

export type ScriptedModel = {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Method and path of every request, in order. */
  readonly paths: readonly string[];
  /** Answers held back now. */
  held(): number;
  close(): Promise<void>;
};

const blockSchema = z.looseObject({ type: z.string(), text: z.string().optional() });
const requestSchema = z.looseObject({
  model: z.string(),
  system: z.unknown().optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(blockSchema)]) })),
});
type Request = z.output<typeof requestSchema>;
type Message = Request["messages"][number];

const blocks = (message: Message): z.output<typeof blockSchema>[] =>
  typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;

// What the client adds to a person's words comes in these tags.
function promptOf(message: Message): string {
  if (message.role !== "user") return "";
  const text = blocks(message).map((block) => block.text ?? "");
  return text
    .join("\n")
    .replaceAll(/<system-reminder>.*?<\/system-reminder>/gs, "")
    .trim();
}

/** What a request asks, read from the conversation alone: a repeated request gets the same step. */
export function readAsked(request: Request): Asked {
  const prompts: string[] = [];
  let step = 0;
  for (const message of request.messages) {
    const results = blocks(message).filter((block) => block.type === "tool_result").length;
    const prompt = promptOf(message);
    if (results > 0) step += results;
    else if (prompt !== "") {
      prompts.push(prompt);
      step = 0;
    }
  }
  const everything = JSON.stringify([request.system, request.messages]);
  const cwd = /working directory: (\/.*?)(?:\\n|")/i.exec(everything)?.[1] ?? "";
  return { prompt: prompts.at(-1) ?? "", step, prompts, cwd };
}

function sendMessage(response: ServerResponse, model: string, content: Readonly<Record<string, unknown>>, delta: unknown, stop: string, n: number): void {
  const send = (type: string, data: Readonly<Record<string, unknown>>): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const usage = { input_tokens: 1_000, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const message = { id: `msg_${n}`, type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null, usage };
  send("message_start", { message });
  send("content_block_start", { index: 0, content_block: content });
  send("content_block_delta", { index: 0, delta });
  send("content_block_stop", { index: 0 });
  send("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 50 } });
  send("message_stop", {});
  response.end();
}

function sendText(response: ServerResponse, model: string, text: string, n: number): void {
  sendMessage(response, model, { type: "text", text: "" }, { type: "text_delta", text }, "end_turn", n);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts the server; `script` gives the steps that a prompt sets off (after the last one it says "done"). */
export async function startScriptedModel(script: (prompt: string) => readonly Step[]): Promise<ScriptedModel> {
  const asked: Asked[] = [];
  const paths: string[] = [];
  let held = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    paths.push(`${request.method} ${path}`);
    const body = await readBody(request);
    if (path === "/v1/messages/count_tokens") {
      response.writeHead(200, { "content-type": "application/json" }).end('{"input_tokens":1000}');
      return;
    }
    if (path !== "/v1/messages") {
      // HEAD /, GET /api/hello and whatever else asks whether the network is there.
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      return;
    }
    const message = requestSchema.parse(JSON.parse(body));
    if ((message.tools ?? []).length === 0) {
      // Titles and suggestions.
      sendText(response, message.model, "ok", paths.length);
      return;
    }
    const ask = readAsked(message);
    asked.push(ask);
    const step = script(ask.prompt)[ask.step] ?? { text: "done" };
    if ("hold" in step) {
      held += 1;
      response.on("close", () => (held -= 1));
      return;
    }
    if ("text" in step) {
      sendText(response, message.model, step.text, paths.length);
      return;
    }
    const content = { type: "tool_use", id: `toolu_${paths.length}`, name: step.tool, input: {} };
    const delta = { type: "input_json_delta", partial_json: JSON.stringify(step.input(ask.cwd)) };
    sendMessage(response, message.model, content, delta, "tool_use", paths.length);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response
        .writeHead(400, { "content-type": "application/json" })
        .end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message: String(error) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    paths,
    held: () => held,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
