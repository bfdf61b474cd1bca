// A server of the Model Context Protocol on stdio with one tool. It appends a line to the file argv[2] when a client has initialized
// it; argv[3] is its tool's description, and the variable CANARY goes into the line. Must not know any client.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [log, description] = process.argv.slice(2);
const answer = (id, result) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") {
    appendFileSync(log, `initialized ${description} ${process.env.CANARY ?? ""}\n`);
    answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "canary", version: "1.0.0" } });
  } else if (method === "tools/list") {
    answer(id, { tools: [{ name: "sing", description, inputSchema: { type: "object", properties: {} } }] });
  } else if (method === "tools/call") answer(id, { content: [{ type: "text", text: `sung ${description}` }] });
  else if (id !== undefined) answer(id, {});
});
