// What `--dry-run` shows of missions that would be queued. Must not queue anything.
import type { NewMission } from "../bridge/queue/queue.ts";
import type { Cli } from "./command.ts";

/** Prints the bodies and that nothing was queued; returns the exit code. `thing` names the JSON envelope. */
export function showBodies(cli: Cli, thing: string, session: string | undefined, bodies: readonly NewMission["body"][]): number {
  cli.ui.result(thing, { dry_run: true, session: session ?? null, missions: bodies }, () => {
    for (const body of bodies) cli.ui.data(JSON.stringify(body));
    cli.ui.say({ text: `  nothing was queued: ${bodies.length === 1 ? "this is what would be" : `these ${bodies.length} would be`}`, tone: "dim" });
  });
  return 0;
}
