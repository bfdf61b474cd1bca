// Times of the wire as people say them: how long ago, how soon. Pure.
import { humanDuration } from "../core/time.ts";

/** "3 min" since an RFC 3339 time; "now" within a second, and for a clock that is ahead of ours. */
export function age(time: string, now: number): string {
  const ms = now - Date.parse(time);
  return ms < 1_000 ? "now" : humanDuration(ms);
}

/** "3 min ago", or "just now". */
export function ago(time: string, now: number): string {
  const said = age(time, now);
  return said === "now" ? "just now" : `${said} ago`;
}

/** "in 3 min" until an RFC 3339 time, or "now". */
export function until(time: string, now: number): string {
  const ms = Date.parse(time) - now;
  return ms < 1_000 ? "now" : `in ${humanDuration(ms)}`;
}
