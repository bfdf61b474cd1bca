// Examines what runs left behind: processes whose executor is gone. Must not touch what an executor still owns.
import { silentLog } from "../../core/node/log.ts";
import { endLeftovers, findLeftovers } from "../../executor/leftovers.ts";
import type { Examination } from "./finding.ts";

/** Processes of agents and checks that outlived their executor. */
export const processes: Examination = {
  id: "processes",
  async examine({ places, clock }) {
    const left = await findLeftovers(places.executor);
    if (left.length === 0) return [{ id: "process", status: "ok", message: "no process of a run without its executor" }];
    return left.map(({ executor_id, mission_id, pids }) => ({
      ...{ id: "process", status: "fail", message: `mission ${mission_id} has processes left, but executor ${executor_id} is not running: ${pids.join(", ")}` },
      fix: { what: "end them", apply: () => endLeftovers(places.executor, executor_id, { clock, log: silentLog }) },
    }));
  },
};
