// Open questions of agents to people: which belong to this project, and which one a person means. Must not print.
import type { Client } from "../client/client.ts";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { inert } from "../core/text.ts";
import type { Queue } from "../bridge/queue/queue.ts";
import type { Question } from "../mission/wire/http.ts";

const PAGE = 500;
const CANDIDATES_SHOWN = 5;

// What waits for an answer in a project, also where this queue did not send it.
async function askingIn(client: Client, project: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await client.missions({ project, state: ["hitl_required"], limit: PAGE, cursor });
    for (const mission of page.missions) ids.add(mission.mission_id);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** Open questions, oldest first: those of a project, or all. */
export async function openQuestions(client: Client, project: string | undefined): Promise<Question[]> {
  const all = await client.questions();
  if (project === undefined || all.length === 0) return all;
  const here = await askingIn(client, project);
  return all.filter((question) => here.has(question.mission_id));
}

/**
 * The question that `text` names: its id, a unique prefix, or the mission that asks. Throws `not_found`, `closed` where the
 * mission went on, or `usage` naming the candidates.
 */
export async function findQuestion(client: Client, queue: Queue, text: string): Promise<Question> {
  const all = await client.questions();
  const exact = all.find((question) => question.hitl_id === text);
  if (exact) return exact;
  const like = all.filter((question) => question.hitl_id.startsWith(text) || question.mission_id.startsWith(text));
  const [only, second] = like;
  if (only && second) {
    const ids = like.map((question) => question.hitl_id);
    const shown = `${ids.slice(0, CANDIDATES_SHOWN).join(", ")}${ids.length > CANDIDATES_SHOWN ? ", …" : ""}`;
    throw new AiwgError("usage", `"${inert(text)}" stands for several questions: ${shown}`, { hint: "Give more characters of the id." });
  }
  if (only) return only;
  const mission = missionCalled(queue, text);
  if (mission) throw new AiwgError("closed", `${mission} asks nothing now`, { hint: `See aiwg mc status ${mission}.` });
  throw new AiwgError("not_found", `there is no open question "${inert(text)}"`, {
    hint: "It may have been answered, or its mission went on. See aiwg inbox --all.",
  });
}

function missionCalled(queue: Queue, text: string): string | undefined {
  try {
    const found = queue.find(undefined, text);
    return found.kind === "mission" ? found.mission.mission_id : undefined;
  } catch (error) {
    if (isAiwgError(error) && error.code === "not_found") return undefined;
    throw error;
  }
}
