// How the commands that steer missions and sessions name what they steer and say what became of it. Must not steer.
import type { Cli } from "./command.ts";
import { text } from "./flags.ts";
import type { SteeredMission, SteeredSession } from "./steer.ts";
import type { Subject } from "./subject.ts";
import { stateCell } from "./ui.ts";

/** The argument of most verbs. */
export const MISSION_OR_SESSION = {
  kind: "tuple",
  parameters: [{ brief: "Mission or session (id, prefix or name)", parse: text, placeholder: "mission" }],
} as const;

/** Says what became of a session, of missions, or of both. */
export function tellSteered({ ui }: Cli, verb: string, done: { readonly session: SteeredSession | null; readonly missions: readonly SteeredMission[] }): void {
  ui.result(verb, done, () => {
    if (done.session) ui.data(`${done.session.session_id}  ${done.session.state}`);
    for (const { mission_id, state, held } of done.missions) ui.dataLine([mission_id, "  ", stateCell(state), held ? "  held" : ""]);
    const [only] = done.missions;
    if (verb === "pause" && only && !only.held && only.state !== "paused") ui.say({ text: "  it pauses when its present turn ends", tone: "dim" });
    if (verb === "pause" && done.session) ui.say({ text: "  nothing more of it is started; what runs goes on", tone: "dim" });
  });
}

/** Says what would be steered; returns the exit code. */
export function wouldSteer({ ui }: Cli, how: string, subject: Subject): number {
  const { kind, id } = subject;
  ui.result("dry_run", { dry_run: true, would_be: how, kind, id }, () => ui.data(`${kind} ${id} would be ${how}`));
  return 0;
}
