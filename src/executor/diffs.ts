// Answers serve's wish to see what a mission has changed: finds its workspace, running or ended, and keeps what is to be sent.
// Must not know sockets.
import { messageOf } from "../core/errors.ts";
import { oneLine } from "../core/text.ts";
import type { RunRef } from "../mission/wire/frames.ts";
import type { AgentRow } from "./agents/agent.ts";
import type { Env } from "../core/node/paths.ts";
import { agentEnvironment, gitEnvironment, secretValues, urlSecrets } from "./environment.ts";
import { createRedactor } from "./redact.ts";
import { resolveSecrets, type SecretSources } from "./secrets.ts";
import { workspaceDiff } from "./workspace-diff.ts";
import { scratchDir, type WorkspaceDirs, workspaceOf } from "./workspace-record.ts";

export type DiffDeps = {
  readonly dirs: WorkspaceDirs;
  readonly agents: Readonly<Record<string, AgentRow>>;
  readonly env: Env;
  /** Our own tokens. */
  readonly secrets: readonly string[];
  readonly sources: SecretSources;
  /** There is something to be sent. */
  readonly wake: () => void;
};

export type Diffs = {
  /** Makes the diff of the mission's workspace; while one is being made another wish for it is the same one. */
  make(run: RunRef): void;
  /** The next one to be sent. */
  next(): (RunRef & { readonly text: string }) | undefined;
};

/** Why there is no diff, in a form that tools take for a comment. */
const comment = (sentence: string): string => `# ${oneLine(sentence, 500)}\n`;

async function textOf(missionId: string, deps: DiffDeps): Promise<string> {
  const found = workspaceOf(deps.dirs, missionId);
  if (!found) return comment(`there is no workspace of mission ${missionId} on this executor any more`);
  const { root, record } = found;
  // What an earlier run knew is asked for again: a value that is gone could not be taken out.
  const named = resolveSecrets(record.secrets, deps.sources);
  if ("refused" in named) return comment(`not shown, since it could not be kept free of secrets: ${named.refused}`);
  const envs = Object.values(deps.agents).map((row) => agentEnvironment(deps.env, row.kind, row.env));
  const redactor = createRedactor([...envs.flatMap(secretValues), ...deps.secrets], [...Object.values(named.values), ...envs.flatMap(urlSecrets)]);
  try {
    return await workspaceDiff(root, record.origin, { env: gitEnvironment(deps.env), dir: scratchDir(deps.dirs), redactor });
  } catch (error) {
    return comment(redactor.all(`the diff could not be made: ${messageOf(error)}`));
  }
}

export function createDiffs(deps: DiffDeps): Diffs {
  const making = new Set<string>();
  const ready: (RunRef & { readonly text: string })[] = [];
  return {
    make({ mission_id, attempt }) {
      if (making.has(mission_id)) return;
      making.add(mission_id);
      textOf(mission_id, deps)
        .catch((error: unknown) => comment(`the diff could not be made: ${messageOf(error)}`))
        .then((text) => {
          making.delete(mission_id);
          ready.push({ mission_id, attempt, text });
          deps.wake();
        })
        .catch(() => {});
    },
    next: () => ready.shift(),
  };
}
