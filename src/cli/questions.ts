// Open questions of agents to people: which belong to this project, and which one a person means. Must not print.
import type { Client } from "../client/client.ts";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import { oneLine } from "../core/text.ts";
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

function onlyOne(questions: readonly Question[], text: string): Question | undefined {
  const [only, second] = questions;
  if (!only || !second) return only;
  const ids = questions.map((question) => question.hitl_id);
  const shown = `${ids.slice(0, CANDIDATES_SHOWN).join(", ")}${ids.length > CANDIDATES_SHOWN ? ", …" : ""}`;
  throw new AiwgError("usage", `"${oneLine(text, 60)}" stands for several questions: ${shown}`, { hint: "Give more characters of the id." });
}

function stillOpen(question: Question): Question {
  const { hitl_id, mission_id, state } = question;
  if (state === "answered") throw new AiwgError("already_answered", `question ${hitl_id} of mission ${mission_id} was answered before`);
  if (state === "closed") throw new AiwgError("closed", `question ${hitl_id} of mission ${mission_id} is closed`);
  return question;
}

/**
 * The open question that `text` names: its id, a unique prefix, or the mission that asks. Throws `already_answered` or
 * `closed` for one that was open, `not_found`, or `usage` naming the candidates.
 */
export async function findQuestion(client: Client, queue: Queue, text: string): Promise<Question> {
  const [open, known] = await Promise.all([client.questions(), isId(text) ? client.questions({ prefix: text }) : []]);
  const exact = known.find((question) => question.hitl_id === text);
  if (exact) return stillOpen(exact);
  const asking = onlyOne(
    open.filter((question) => question.hitl_id.startsWith(text) || question.mission_id.startsWith(text)),
    text,
  );
  if (asking) return asking;
  const before = onlyOne(known, text);
  if (before) return stillOpen(before);
  const mission = missionCalled(queue, text);
  if (mission) throw new AiwgError("closed", `${mission} asks nothing now`, { hint: `See aiwg mc status ${mission}.` });
  throw new AiwgError("not_found", `there is no question "${oneLine(text, 60)}"`, { hint: "See aiwg inbox, or aiwg inbox --all for every project." });
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
