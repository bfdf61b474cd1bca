// Wire schema of the event stream (contract §2.2, GET /api/v1/events). No I/O.
import { z } from "zod";
import { MISSION_STATES } from "../model.ts";
import { EVENT_TYPES } from "./event-types.ts";

export type { EventType } from "./event-types.ts";

/** One appended fact; `seq` grows without gaps that matter: nothing is ever inserted below a seq already seen. */
export const eventSchema = z
  .object({
    seq: z.int(),
    event: z.enum(EVENT_TYPES),
    session_id: z.string().optional(),
    mission_id: z.string().optional(),
    executor_id: z.string().optional(),
    attempt: z.int().optional(),
    state: z.enum(MISSION_STATES).optional(),
    reason: z.string().optional(),
    ts: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "Event" });
export type ServeEvent = z.output<typeof eventSchema>;

/** First message of a stream, and the answer when a cursor cannot be resumed. Neither has an id. */
export const helloSchema = z.object({ serve_id: z.string(), head: z.int() });
