// Every route of serve in one table: what is not here does not exist. Must not know how rows are mounted.
import { describeRoutes } from "../openapi.ts";
import type { Route } from "../route.ts";
import { controlRoutes } from "./control.ts";
import { dispatchRoutes } from "./dispatch.ts";
import { eventRoutes } from "./events.ts";
import { executorRoutes } from "./executors.ts";
import { metaRoutes } from "./meta.ts";
import { missionRoutes } from "./missions.ts";
import { questionRoutes } from "./questions.ts";
import { sessionRoutes } from "./sessions.ts";
import { tokenRoutes } from "./tokens.ts";
import { upkeepRoutes } from "./upkeep.ts";

/** All rows, in the order of the documents made from them. */
export function routeTable(): readonly Route[] {
  // Written once: the rows never change while serve runs.
  let document: Promise<unknown> | undefined;
  const meta = metaRoutes((version) => (document ??= describeRoutes(table, version)));
  const table: readonly Route[] = [
    ...meta,
    ...dispatchRoutes,
    ...sessionRoutes,
    ...missionRoutes,
    ...controlRoutes,
    ...questionRoutes,
    ...eventRoutes,
    ...executorRoutes,
    ...tokenRoutes,
    ...upkeepRoutes,
  ];
  return table;
}
