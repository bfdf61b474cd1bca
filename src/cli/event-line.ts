// One event of serve as one line for a person. Pure; text from agents comes out inert and cut.
import { oneLine } from "../core/text.ts";
import type { ServeEvent } from "../mission/wire/events.ts";
import type { MissionResult } from "../mission/wire/http.ts";
import { type Cell, stateCell } from "./ui.ts";

const TEXT_SHOWN = 160;

const textIn = (data: ServeEvent["data"], key: string): string | undefined => {
  const value = data[key];
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
};

// What an event says beyond its state.
function detail({ event, data, reason, executor_id }: ServeEvent): string {
  if (event === "mission.progress") {
    const iteration = textIn(data, "iteration");
    return [iteration && `turn ${iteration}`, textIn(data, "phase"), textIn(data, "summary")].filter(Boolean).join(" · ");
  }
  if (event === "mission.hitl_required") return textIn(data, "prompt") ?? reason ?? "";
  if (event === "mission.failed") return [reason, textIn(data, "error"), textIn(data, "summary")].filter(Boolean).join(": ");
  if (event === "mission.assigned") return executor_id === undefined ? (reason ?? "") : `executor ${executor_id}`;
  return reason ?? textIn(data, "reason") ?? textIn(data, "summary") ?? "";
}

/** Local time, what happened, to which mission, and what is said about it. */
export function eventLine(event: ServeEvent, options: { readonly withId: boolean }): Cell[] {
  const time = new Date(event.ts).toTimeString().slice(0, 8);
  const id = options.withId && event.mission_id !== undefined ? `${event.mission_id}  ` : "";
  const what = event.mission_id === undefined ? event.event : (event.state ?? event.event);
  const looks = event.mission_id === undefined ? what : stateCell(what);
  const said = oneLine(detail(event), TEXT_SHOWN);
  return [{ text: `${time}  `, tone: "dim" }, id, looks, said === "" ? "" : `  ${said}`];
}

/** Tells whether an event says something that its mission's last one did not; remembers one line per mission. */
export function newsFilter(): (event: ServeEvent) => boolean {
  const last = new Map<string, string>();
  return (event) => {
    const id = event.mission_id ?? "";
    const now = `${event.state ?? event.event} ${detail(event)}`;
    const isNews = last.get(id) !== now;
    last.set(id, now);
    return isNews;
  };
}

/**
 * The reason with what lies behind it where only the result says so: what git or the agent said, which check failed. One inert
 * line of at most `max` characters; empty where the state says it all.
 */
export function causeLine(
  { state, reason, result }: { readonly state: string; readonly reason: string; readonly result?: MissionResult | null | undefined },
  max = TEXT_SHOWN * 2,
): string {
  const bare = reason === state ? "" : reason;
  if (state !== "failed" || !result) return oneLine(bare, max);
  const { summary, exit_code, checks } = result;
  const failed = checks.find((check) => !check.passed);
  const ended = reason === "agent_failed" && exit_code && !summary?.includes(`with ${exit_code}`) ? `the agent exited with ${exit_code}` : undefined;
  const check = failed && `${failed.timed_out ? "timed out" : "failed"}: ${[failed.run].flat().join(" ")}`;
  return oneLine([bare, check, ended, check ? undefined : summary].filter(Boolean).join(": "), max);
}

/** How a mission ended, in a few words. */
export function resultLine(result: MissionResult | null | undefined): string {
  if (!result) return "";
  const passed = result.checks.filter((check) => check.passed).length;
  const checks = result.checks.length > 0 ? `${passed} of ${result.checks.length} checks passed` : undefined;
  const verified = result.verified === null ? "not verified: no checks" : result.verified ? "verified" : "not verified";
  const cost = !result.cost_usd ? undefined : `$${result.cost_usd.toFixed(2)}`;
  const tokens = !result.tokens_total ? undefined : `${result.tokens_total} tokens`;
  return [verified, checks, tokens, cost, result.branch && `branch ${oneLine(result.branch, 80)}`].filter(Boolean).join(" · ");
}
