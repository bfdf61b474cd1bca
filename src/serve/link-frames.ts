// Frames of the executor link as text: reading what an executor sent, writing commands. Pure; must not know sockets or the store.
import { parseJson } from "../core/json.ts";
import { rfc3339 } from "../core/time.ts";
import { executorFrameSchema, frameHeadSchema, type ExecutorFrame, type ServeFrame } from "../mission/wire/frames.ts";
import type { Command } from "./store/store.ts";

export type ReadFrame =
  | { readonly kind: "frame"; readonly frame: ExecutorFrame }
  /** Not a frame of ours; with a src_seq it must still be consumed. */
  | { readonly kind: "bad"; readonly detail: string; readonly srcSeq: number | undefined; readonly missionId: string | undefined };

/** Judges one text frame of the executor `executorId`. */
export function readFrame(text: string, executorId: string): ReadFrame {
  const parsed = parseJson(text);
  if (!parsed) return { kind: "bad", detail: "the frame is not JSON", srcSeq: undefined, missionId: undefined };
  const result = executorFrameSchema.safeParse(parsed.value);
  const head = frameHeadSchema.safeParse(parsed.value).data;
  if (!result.success) {
    const issue = result.error.issues[0];
    return {
      kind: "bad",
      detail: `/${(issue?.path ?? []).map(String).join("/")}: ${issue?.message ?? "not valid"}`,
      srcSeq: head?.src_seq,
      missionId: head?.mission_id,
    };
  }
  const frame = result.data;
  if (typeof frame.executor_id === "string" && frame.executor_id !== executorId) {
    return { kind: "bad", detail: `/executor_id: this link belongs to ${executorId}`, srcSeq: head?.src_seq, missionId: head?.mission_id };
  }
  return { kind: "frame", frame };
}

type Unaddressed<F> = F extends unknown ? Omit<F, "executor_id" | "ts"> : never;
/** A frame without what every frame of a link has. */
export type FrameBody = Unaddressed<ServeFrame>;

/** The text of a frame to `executorId`. */
export function writeFrame(body: FrameBody, executorId: string, now: number): string {
  return JSON.stringify({ ...body, executor_id: executorId, ts: rfc3339(now) });
}

/** The frame that carries a command. */
export function frameOf(command: Command, leaseTtlMs: number): FrameBody {
  switch (command.kind) {
    case "dispatch": {
      const { run, body, session_id, resume } = command;
      return { event: "mission.dispatch", ...run, data: { ...body, session_id, lease_ttl_ms: leaseTtlMs, ...(resume ? { resume } : {}) } };
    }
    case "abort":
      return { event: "mission.abort", ...command.run, data: { reason: command.reason } };
    case "pause":
      return { event: "mission.pause", ...command.run, data: {} };
    case "resume":
      return { event: "mission.resume", ...command.run, data: {} };
    case "hitl_responded":
      return {
        event: "mission.hitl_responded",
        ...command.run,
        data: { hitl_id: command.hitl_id, response: command.response, responded_at: command.responded_at },
      };
    case "drain":
      return { event: "executor.drain", data: {} };
  }
}
