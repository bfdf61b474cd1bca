// What the model APIs of the clients look like on the wire: Anthropic messages, OpenAI responses, OpenAI chat, Gemini. Each takes a
// request apart and plays one answer. Must not know any client, nor what the answer is for.
import type { ServerResponse } from "node:http";
import { z } from "zod";

/** What the model answers: a call of a tool (with `raw` text where its input is no JSON), or words that end the turn. */
export type Reply =
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly tool: string; readonly raw: string }
  | { readonly text: string };

const inputText = (reply: Reply): string => ("input" in reply ? JSON.stringify(reply.input) : "raw" in reply ? reply.raw : "");

/** What matters of a request: the tools on offer, and how many results of tools the conversation holds. */
export type Question = { readonly model: string; readonly stream: boolean; readonly tools: readonly string[]; readonly results: number };

export type Wire = {
  readonly read: (body: unknown) => Question;
  readonly send: (response: ServerResponse, question: Question, reply: Reply, id: string) => void;
};

const common = z.looseObject({ model: z.string(), stream: z.boolean().optional() });
const anthropicRequest = common.extend({
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  messages: z.array(z.looseObject({ content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]) })),
});
const responsesRequest = common.extend({
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).optional(),
  input: z.array(z.looseObject({ type: z.string().optional() })),
});
const chatRequest = common.extend({
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }).optional() })).optional(),
  messages: z.array(z.looseObject({ role: z.string() })),
});

const geminiRequest = z.looseObject({
  tools: z.array(z.looseObject({ functionDeclarations: z.array(z.looseObject({ name: z.string() })).optional() })).optional(),
  contents: z.array(z.looseObject({ parts: z.array(z.looseObject({ functionResponse: z.unknown().optional() })) })),
});

function startEvents(response: ServerResponse): (data: Readonly<Record<string, unknown>>) => void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  return (data) => {
    const type = typeof data["type"] === "string" ? `event: ${data["type"]}\n` : "";
    response.write(`${type}data: ${JSON.stringify(data)}\n\n`);
  };
}

const anthropic: Wire = {
  read(body) {
    const { model, stream, tools, messages } = anthropicRequest.parse(body);
    const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
    const results = blocks.filter(({ type }) => type === "tool_result").length;
    return { model, stream: stream ?? false, tools: (tools ?? []).map(({ name }) => name), results };
  },
  send(response, { model }, reply, id) {
    const send = startEvents(response);
    const usage = { input_tokens: 100, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const message = { id: `msg_${id}`, type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null, usage };
    const block = "tool" in reply ? { type: "tool_use", id: `toolu_${id}`, name: reply.tool, input: {} } : { type: "text", text: "" };
    const delta = "tool" in reply ? { type: "input_json_delta", partial_json: inputText(reply) } : { type: "text_delta", text: reply.text };
    send({ type: "message_start", message });
    send({ type: "content_block_start", index: 0, content_block: block });
    send({ type: "content_block_delta", index: 0, delta });
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: "tool" in reply ? "tool_use" : "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } });
    send({ type: "message_stop" });
    response.end();
  },
};

const responses: Wire = {
  read(body) {
    const { model, stream, tools, input } = responsesRequest.parse(body);
    const results = input.filter(({ type }) => type?.endsWith("_call_output") === true).length;
    return { model, stream: stream ?? false, tools: (tools ?? []).map(({ name, type }) => name ?? type), results };
  },
  send(response, _question, reply, id) {
    const send = startEvents(response);
    const item =
      "raw" in reply
        ? { type: "custom_tool_call", id: `ctc_${id}`, call_id: `call_${id}`, name: reply.tool, input: reply.raw }
        : "tool" in reply
          ? { type: "function_call", id: `fc_${id}`, call_id: `call_${id}`, name: reply.tool, arguments: inputText(reply) }
          : { type: "message", id: `msg_${id}`, role: "assistant", content: [{ type: "output_text", text: reply.text }] };
    const usage = { input_tokens: 100, input_tokens_details: { cached_tokens: 0 }, output_tokens: 5, output_tokens_details: { reasoning_tokens: 0 } };
    send({ type: "response.created", response: { id: `resp_${id}` } });
    send({ type: "response.output_item.added", output_index: 0, item });
    send({ type: "response.output_item.done", output_index: 0, item });
    send({ type: "response.completed", response: { id: `resp_${id}`, usage: { ...usage, total_tokens: 105 } } });
    response.end();
  },
};

const chat: Wire = {
  read(body) {
    const { model, stream, tools, messages } = chatRequest.parse(body);
    const results = messages.filter(({ role }) => role === "tool").length;
    return { model, stream: stream ?? false, tools: (tools ?? []).flatMap((tool) => tool.function?.name ?? []), results };
  },
  send(response, { model, stream }, reply, id) {
    const call = "tool" in reply ? { id: `call_${id}`, type: "function", function: { name: reply.tool, arguments: inputText(reply) } } : undefined;
    const message = "tool" in reply ? { role: "assistant", content: null, tool_calls: [call] } : { role: "assistant", content: reply.text };
    const finish = "tool" in reply ? "tool_calls" : "stop";
    const usage = { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 };
    const base = { id: `chatcmpl-${id}`, created: 1, model };
    if (!stream) {
      const choices = [{ index: 0, message, finish_reason: finish }];
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...base, object: "chat.completion", choices, usage }));
      return;
    }
    const send = startEvents(response);
    const delta = "tool" in reply ? { role: "assistant", tool_calls: [{ index: 0, ...call }] } : message;
    send({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: null }] });
    send({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: finish }], usage });
    response.end("data: [DONE]\n\n");
  },
};

/** Its request says neither the model nor whether the answer is a stream: both stand in the path. */
const gemini = (model: string, stream: boolean): Wire => ({
  read(body) {
    const { tools, contents } = geminiRequest.parse(body);
    const names = (tools ?? []).flatMap(({ functionDeclarations }) => functionDeclarations ?? []).map(({ name }) => name);
    const results = contents.flatMap(({ parts }) => parts).filter((part) => part.functionResponse !== undefined).length;
    return { model, stream, tools: names, results };
  },
  send(response, _question, reply, id) {
    const part = "tool" in reply ? { functionCall: { id: `call_${id}`, name: reply.tool, args: "input" in reply ? reply.input : {} } } : { text: reply.text };
    const candidates = [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }];
    const usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 5, totalTokenCount: 105 };
    const answer = { candidates, usageMetadata, modelVersion: model, responseId: `resp_${id}` };
    if (stream) startEvents(response)(answer);
    else response.writeHead(200, { "content-type": "application/json" }).write(JSON.stringify(answer));
    response.end();
  },
});

const WIRES: Readonly<Record<string, Wire>> = { "/v1/messages": anthropic, "/v1/responses": responses, "/v1/chat/completions": chat };

/** The API that a request to this path is posted to. */
export function wireOf(path: string): Wire | undefined {
  const [, model, method] = /^\/v1beta\/models\/([^/:]+):(streamGenerateContent|generateContent)$/.exec(path) ?? [];
  return model === undefined ? WIRES[path] : gemini(model, method === "streamGenerateContent");
}
