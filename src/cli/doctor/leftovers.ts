// Examines what runs left behind: processes whose executor is gone, workspaces that nobody has a use for. Must not touch
// what an executor still owns.
import { existsSync } from "node:fs";
import { AiwgError } from "../../core/errors.ts";
import { endOrphans, findOrphans } from "../../executor/orphans.ts";
import { workspaceRoots } from "../../executor/workspace-record.ts";
import { workspaceName } from "../../executor/workspace-name.ts";
import { LIVE_STATES } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import type { Examination } from "./finding.ts";

const MOST = 100_000;
const MANY = 50;

/** Processes of agents and checks that outlived their executor. */
export const processes: Examination = {
  id: "processes",
  examine({ places }) {
    const left = findOrphans(places);
    if (left.length === 0) return [{ id: "process", status: "ok", message: "no process of a run without its executor" }];
    return left.map((orphan) => ({
      ...{ id: "process", status: "fail" },
      message: `mission ${orphan.mission_id} has processes left, but executor ${orphan.executorId} is not running: ${orphan.pids.join(", ")}`,
      fix: {
        what: "end them",
        async apply() {
          // An executor that has come back meanwhile looks after its own.
          const stays = await endOrphans(
            findOrphans(places).filter(({ mission_id, attempt }) => mission_id === orphan.mission_id && attempt === orphan.attempt),
          );
          if (stays.length > 0) throw new AiwgError("timeout", `processes that cannot be ended: ${stays.join(", ")}`);
        },
      },
    }));
  },
};

/** Folders of missions that have ended, or that this queue never had. */
export const workspaces: Examination = {
  id: "workspaces",
  async examine(cli) {
    const roots = workspaceRoots(cli.places);
    if (roots.length === 0) return [];
    const open = existsSync(cli.places.queue)
      ? await withQueue(cli, undefined, (queue) => queue.missions({ states: ["pending", "sent", ...LIVE_STATES], limit: MOST }))
      : [];
    const names = new Set(open.map(({ mission_id }) => workspaceName(mission_id)));
    const idle = roots.filter((root) => !names.has((root.split("/").at(-1) ?? "").split(".")[0] ?? "")).length;
    const message = `${roots.length} ${roots.length === 1 ? "workspace" : "workspaces"}, ${idle} of no open mission of this queue`;
    return [idle > MANY ? { id: "workspace", status: "warn", message, hint: "See aiwg mc clean." } : { id: "workspace", status: "ok", message }];
  },
};
