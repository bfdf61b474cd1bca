// Dispatches one mission and says what serve made of it. Reads AIWG_SERVE_URL and AIWG_TOKEN; the objective is the first argument.
import { dispatchMission } from "aiwg/dispatch";

const [objective = "Say hello"] = process.argv.slice(2);
const outcome = await dispatchMission(
  {
    aiwgServeUrl: process.env["AIWG_SERVE_URL"] ?? "http://127.0.0.1:7337",
    token: process.env["AIWG_TOKEN"],
    // Keep it until an executor is there.
    respondAsync: true,
  },
  "s-example",
  // The id is yours and is the mission's identity for ever: the same one again is the same mission, never a second.
  { mission_id: `m-${crypto.randomUUID()}`, objective, checks: [{ run: "test -s README.md" }] },
);

if (outcome.outcome === "accepted") {
  console.log(`${outcome.missionId} accepted, ${outcome.executorId === null ? "waits for an executor" : `on ${outcome.executorId}`}`);
} else {
  console.error(`${outcome.missionId} not accepted: ${outcome.reason}: ${outcome.message}`);
  process.exitCode = outcome.retryable ? 75 : 1;
}
