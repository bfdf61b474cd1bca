// The yardstick of serve's dispatch: a bare node:http server that parses a JSON body and answers it. Stores nothing.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify(value));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify(server.address())}\n`);
});
