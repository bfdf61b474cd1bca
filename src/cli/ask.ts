// Asks the person at the terminal one question of an agent and hands the answer to serve. Must not run without a terminal.
import { createInterface } from "node:readline/promises";
import type { Client } from "../client/client.ts";
import { messageOf } from "../core/errors.ts";
import { inert } from "../core/text.ts";
import type { ServeEvent } from "../mission/wire/events.ts";
import type { Ui } from "./ui.ts";

/** Asks until serve takes the answer or `signal` fires (somebody else answered, or the mission went on). Never throws. */
export async function askPerson(ui: Ui, client: Client, event: ServeEvent, signal: AbortSignal): Promise<void> {
  const { hitl_id: hitlId, choices } = event.data;
  if (typeof hitlId !== "string" || event.mission_id === undefined) return;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode the terminal sends no signal by itself.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    while (!signal.aborted) {
      const offered = Array.isArray(choices) && choices.length > 0 ? ` [${inert(choices.join(" / "))}]` : "";
      const text = await lines.question(`  answer${offered}: `, { signal });
      try {
        await client.answer(event.mission_id, hitlId, text);
        return;
      } catch (error) {
        ui.warn(messageOf(error));
      }
    }
  } catch {
    // The signal fired, or the terminal went away: nothing to ask any more.
  } finally {
    lines.close();
  }
}
