// An executor's link driven by hand: confirms every assignment at once and runs nothing. Arguments: URL, admin token,
// executor id, slots, step. Prints {confirmed, at} when serve has acknowledged another `step` confirmations.
import { WebSocket } from "ws";
import type { ServeFrame } from "../src/mission/wire/frames.ts";

const [url = "", token = "", executorId = "", slots = "1", step = "1"] = process.argv.slice(2);

const registered = await fetch(`${url}/api/v1/executors/register`, {
  method: "POST",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify({
    ...{ executor_id: executorId, name: executorId, version: "1", spec_version: "1.0.0" },
    ...{ capabilities: ["runtime:command"], slots: Number(slots) },
  }),
});
const { token: own, ws_url } = (await registered.json()) as { token: string; ws_url: string };
const socket = new WebSocket(ws_url, { headers: { authorization: `Bearer ${own}` }, perMessageDeflate: false });
let srcSeq = 0;
let told = 0;

const send = (frame: object): void => socket.send(JSON.stringify({ executor_id: executorId, ts: new Date().toISOString(), ...frame }));
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function take(frame: ServeFrame): void {
  if (frame.event === "executor.resynced") tell({ confirmed: 0, at: Date.now() });
  else if (frame.event === "mission.dispatch") {
    srcSeq += 1;
    send({ event: "mission.assigned", mission_id: frame.mission_id, attempt: frame.attempt, src_seq: srcSeq, data: {} });
  } else if (frame.event === "executor.ack") {
    if (frame.data.src_seq < told + Number(step)) return;
    told = frame.data.src_seq;
    tell({ confirmed: told, at: Date.now() });
  } else if (frame.event === "executor.error") {
    process.stderr.write(`${frame.data.code}: ${frame.data.detail}\n`);
    process.exit(1);
  }
}
socket.on("open", () =>
  send({ event: "executor.resync", data: { epoch: `${executorId}-${Date.now()}`, owned: [], slots: Number(slots), protocol_version: "1.0.0" } }),
);
socket.on("message", (data: Buffer) => take(JSON.parse(data.toString("utf8")) as ServeFrame));
socket.on("close", () => process.exit(0));
