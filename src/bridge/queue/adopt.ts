// A row for a mission that serve has from elsewhere, such as a retry: mirrored from then on, never sent. Works inside a
// transaction of the caller.
import type { DatabaseSync } from "node:sqlite";
import { parseJson } from "../../core/json.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import type { Mission } from "../../mission/wire/http.ts";
import { prepareInsert } from "./insert.ts";
import { newsOfMission, prepareMirror } from "./mirror.ts";
import type { Project } from "./queue.ts";
import type { MissionRow } from "./rows.ts";
import { PHASE } from "./schema.ts";

type Origin = Pick<MissionRow, "project_id" | "project_name"> & { readonly body: string };

/** Adds the row, or mirrors what is there already. */
export function adoptRow(db: DatabaseSync, mission: Mission, serveId: string, project: Project, now: number): void {
  const { mission_id: id, session_id: sessionId } = mission;
  if (db.prepare("SELECT 1 FROM mission WHERE id = ?").get(id) === undefined) {
    const select = "SELECT m.project_id, m.project_name, p.body FROM mission m JOIN payload p ON p.mission_id = m.id WHERE m.id = ?";
    const origin = db.prepare(select).get(mission.retry_of ?? "") as Origin | undefined;
    const given = mission.project === null ? project : { id: mission.project.id, name: mission.project.name ?? project.name };
    const [projectId, projectName] = origin ? [origin.project_id, origin.project_name] : [given.id, given.name];
    const { after: _waited, ...first } = (parseJson(origin?.body ?? "{}")?.value ?? {}) as Partial<DispatchBody>;
    const { objective, completion, priority } = mission;
    const body: DispatchBody = { ...first, mission_id: id, objective, completion, priority, ...(mission.after ? { after: mission.after } : {}) };
    db.prepare("INSERT INTO session(id, project_id, project_name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING").run(
      ...[sessionId, projectId, projectName, now],
    );
    prepareInsert(db)({
      ...{ id, session_id: sessionId, project_id: projectId, project_name: projectName, request_id: null, request_hash: null },
      ...{ body, text: JSON.stringify(body), state: mission.state, phase: PHASE.settled, serve_id: serveId, retry_of: mission.retry_of ?? null },
      ...{ created_at: Date.parse(mission.created_at) || now, updated_at: now },
    });
  }
  prepareMirror(db).read(serveId, newsOfMission(mission), now);
}
