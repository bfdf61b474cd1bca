// One keep-alive HTTP connection that costs as little as possible, so that the server is what is measured: requests are
// posted one after another. Must not be used against anything but our own loopback servers.
import { connect } from "node:net";
import { once } from "node:events";

export type Connection = { post(path: string, headers: string, body: string): Promise<number>; close(): void };

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** Opens it. `post` resolves with the status once the whole answer is there. */
export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let answered: PromiseWithResolvers<number> | undefined;
  let held: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = held.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const head = held.toString("latin1", 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const done = length === undefined ? held.subarray(-5).equals(Buffer.from("0\r\n\r\n")) : held.length >= end + 4 + Number(length);
    if (!done) return;
    held = Buffer.alloc(0);
    answered?.resolve(Number(head.slice(9, 12)));
  });
  socket.on("error", (error) => answered?.reject(error));
  socket.on("close", () => answered?.resolve(0));
  await once(socket, "connect");
  return {
    post(path, headers, body) {
      answered = Promise.withResolvers();
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`,
      );
      return answered.promise;
    },
    close: () => socket.destroy(),
  };
}
