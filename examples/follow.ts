// Follows missions until one of them has ended, then says how. Reads AIWG_SERVE_URL and AIWG_TOKEN; the session is the first argument.
import { createClient, followEvents, isAiwgError } from "aiwg/client";

const client = createClient({ url: process.env["AIWG_SERVE_URL"] ?? "http://127.0.0.1:7337", token: process.env["AIWG_TOKEN"] ?? "" });
const [session] = process.argv.slice(2);

try {
  // From the beginning, over any number of connections, each event once. Keep the last `seq` to go on from there another time.
  for await (const item of followEvents(client, { after: 0, session })) {
    if (item.kind === "reset") {
      console.log("serve no longer has some of the events: read the missions anew");
      continue;
    }
    const { event, mission_id, state, reason } = item.event;
    if (mission_id === undefined) continue;
    console.log(`${mission_id} ${event} ${reason ?? ""}`);
    if (state !== "done" && state !== "failed" && state !== "aborted") continue;
    const { result } = await client.mission(mission_id);
    console.log(`${mission_id} ended: ${state}, ${result?.verified === true ? "checked" : "not checked"}`);
    break;
  }
} catch (error) {
  console.error(isAiwgError(error) ? `${error.code}: ${error.message} ${error.hint}` : error);
  process.exitCode = 1;
}
