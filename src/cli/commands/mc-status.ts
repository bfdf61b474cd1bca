// `aiwg mc status`: missions of the project, of a session or one alone, with state and reason (contract §5 for the shape).
import { oneLine } from "../../core/text.ts";
import { age } from "../ages.ts";
import { type Cli, defineCommand } from "../command.ts";
import { causeLine } from "../event-line.ts";
import { text, valueFlag, whole } from "../flags.ts";
import { wayOn } from "../outcome.ts";
import { withQueueToRead } from "../queue-file.ts";
import { type StatusRow, readStatus } from "../status.ts";
import { type Cell, stateCell } from "../ui.ts";

type Flags = { readonly limit: number; readonly queue?: string | undefined };

const short = (state: string, n: number): Cell[] => [{ text: `${n} `, tone: "plain" }, stateCell(state), "   "];

function hints(missions: readonly StatusRow[]): string[] {
  const first = (state: string): string | undefined => missions.find((mission) => mission.state === state)?.id;
  const isArchived = missions.find(({ state }) => state === "failed")?.archived === true;
  const asks = first("hitl_required");
  const suspended = missions.find(({ state }) => state === "suspended");
  const running = first("running");
  const failed = first("failed");
  return [
    asks && "aiwg inbox",
    suspended && wayOn(suspended.id, suspended),
    running && `aiwg mc watch ${running}`,
    failed && `aiwg mc log ${failed}`,
    failed && !isArchived && `aiwg mc retry ${failed}`,
  ].filter((line) => typeof line === "string");
}

export const command = defineCommand({
  examples: ["aiwg mc status", "aiwg mc status nightly --json", "aiwg mc status m-0193"],
  parameters: {
    flags: {
      limit: { kind: "parsed", parse: whole(1, 100_000), brief: "Most missions", placeholder: "N", default: "1000" },
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
    positional: { kind: "tuple", parameters: [{ brief: "Session or mission (default: this project)", parse: text, placeholder: "session", optional: true }] },
  },
  async run(cli: Cli, flags: Flags, name?: string) {
    const { ui } = cli;
    return withQueueToRead(cli, flags.queue, async (queue) => {
      const { status, note } = await readStatus(cli, queue, name, flags.limit);
      ui.result("status", status, () => {
        const { counts, missions } = status;
        const now = cli.clock.now();
        if (missions.length === 0) {
          ui.say("no missions here yet");
          return ui.next(['aiwg mc dispatch "<objective>"', "aiwg demo"]);
        }
        ui.dataLine(Object.entries(counts).flatMap(([state, n]) => short(state, n)));
        ui.table(
          ["MISSION", "STATE", "SINCE", "OBJECTIVE", "REASON"],
          missions.map((m) => [m.id, stateCell(m.state), age(m.updated_at, now), oneLine(m.objective, 48), causeLine(m)]),
        );
        if (note) ui.say({ text: `  as the queue knows it: ${note}`, tone: "dim" });
        ui.next(hints(missions));
      });
    });
  },
});
