// A bridge in a process of its own, to be killed: arguments are the queue's path, serve's URL and the token.
import { startBridge } from "../../src/bridge/bridge.ts";
import { silentLog } from "../../src/core/node/log.ts";
import { systemClock } from "../../src/core/time.ts";

const [queuePath = "", url = "", token = ""] = process.argv.slice(2);
const target = { resolve: () => Promise.resolve({ url, token }), subscribe: () => () => undefined };
await startBridge({ queuePath, target, clock: systemClock, log: silentLog }).done;
