// GET /api/v1/events (contract §2.2): the request side of the event stream. Must not know how a stream is kept fed.
import { z } from "zod";
import { AiwgError } from "../../core/errors.ts";
import { idSchema } from "../../mission/wire/dispatch.ts";
import { wholeNumber } from "../query.ts";
import { principalOf, route, type Route } from "../route.ts";

const query = z.strictObject({
  after: wholeNumber.optional(),
  session: idSchema.optional(),
  mission: idSchema.optional(),
  project: z.string().min(1).max(4096).optional(),
});

/** What an EventSource sends by itself when it comes back; it is newer than `after` in its URL. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  const seq = wholeNumber.safeParse(header);
  if (!seq.success) throw new AiwgError("invalid_request", "the Last-Event-ID header is not a seq");
  return seq.data;
}

const follow = route(
  {
    method: "GET",
    path: "/api/v1/events",
    access: "read",
    summary: "Follow events after a seq; without one, from now on",
    query,
    headers: { "Last-Event-ID": "Resume after this seq; wins over after" },
    answers: { 200: { description: "hello, then every event in order; reset if the seq cannot be resumed", type: "text/event-stream" } },
    problems: [],
  },
  async (call) => {
    const { after, session, mission, project } = call.query;
    return call.deps.streams.answer({
      principal: principalOf(call),
      after: lastEventId(call.headers["last-event-id"]) ?? after,
      filter: { ...(session === undefined ? {} : { session }), ...(mission === undefined ? {} : { mission }), ...(project === undefined ? {} : { project }) },
    });
  },
);

export const eventRoutes: readonly Route[] = [follow];
