// `aiwg mc import`: takes in an export, or prior art's session.json, ids kept; nothing of it gets a workspace here.
import { DatabaseSync } from "node:sqlite";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQueue } from "../../bridge/queue/open-queue.ts";
import type { Imported } from "../../bridge/queue/queue.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { queuePath } from "../queue-file.ts";
import { withQueue } from "../queueing.ts";
import { readInput } from "../read-input.ts";

type Flags = { readonly dryRun: boolean; readonly queue?: string | undefined };
type Outcome = Imported["missions"][number]["outcome"];

const SAID: Readonly<Record<Outcome, string>> = {
  queued: "queued",
  held: "held: under way elsewhere, until resumed",
  history: "history: ended",
  known: "here already",
};

const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

/** What an import would do, tried on a copy of the queue. */
async function rehearse<T>(cli: Cli, flag: string | undefined, work: (queue: ReturnType<typeof openQueue>) => T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "aiwg-import-"));
  const copy = join(folder, "queue.db");
  try {
    const path = queuePath(cli, flag);
    if (existsSync(path)) {
      const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
      db.prepare("VACUUM INTO ?").run(copy);
      db.close();
    }
    const queue = openQueue(copy, cli.clock);
    try {
      return work(queue);
    } finally {
      queue.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const command = defineCommand({
  examples: ["aiwg mc import missions.jsonl", "aiwg mc import .aiwg/ralph-external/mc/sessions/<id>/session.json --dry-run", "aiwg mc import -"],
  parameters: {
    flags: { dryRun: DRY_RUN, queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "An export or a session.json; - for stdin", parse: text, placeholder: "file" }] },
  },
  async run(cli: Cli, { dryRun, ...flags }: Flags, file: string) {
    const { ui } = cli;
    const given = await readInput(file, cli.cwd);
    const { id, name } = await cli.project();
    const take = (queue: ReturnType<typeof openQueue>): Imported => queue.importMissions({ id, name }, given);
    const { sessions, missions, notes } = await (dryRun ? rehearse(cli, flags.queue, take) : withQueue(cli, flags.queue, take));
    for (const note of notes) ui.warn(note);
    ui.result("import", { dry_run: dryRun, sessions, missions, notes }, () => {
      for (const { mission_id, outcome } of missions) ui.data(`${mission_id}  ${SAID[outcome]}`);
      ui.say({
        text: `  ${many(missions.length, "mission")} in ${many(sessions.length, "session")}${dryRun ? "; nothing was imported" : ""}`,
        tone: "dim",
      });
      const [session] = sessions;
      const held = missions.some(({ outcome }) => outcome === "held");
      if (session && !dryRun) ui.next([`aiwg mc status ${session.session_id}`, ...(held ? [`aiwg mc resume ${session.session_id}`] : [])]);
    });
  },
});
