// Whether a dispatched mission can be run here, and with which agent. Must not start or store anything.
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { issuesOf } from "../core/json.ts";
import { chooseAgent } from "../mission/match.ts";
import { DEFAULTS } from "../mission/model.ts";
import { dispatchBodySchema, type WorkspaceSpec } from "../mission/wire/dispatch.ts";
import type { RunRef } from "../mission/wire/frames.ts";
import type { AgentRow } from "./agents/agent.ts";
import { PROTOCOLS } from "./agents/kinds.ts";
import type { Assignment } from "./run.ts";
import { resolveSecrets, type SecretSources } from "./secrets.ts";
import { isInside } from "./worktree-include.ts";

export type Admission = {
  readonly agents: Readonly<Record<string, AgentRow>>;
  /** As advertised. */
  readonly capabilities: readonly string[];
  readonly hostId: string;
  /** Empty: any repository. */
  readonly repoRoots: readonly string[];
  /** Absolute path of a row's program now, or undefined. */
  readonly findProgram: (row: AgentRow) => string | undefined;
  readonly secrets: SecretSources;
};

const extraSchema = z.object({
  lease_ttl_ms: z.number().positive().catch(DEFAULTS.leaseTtlMs),
  resume: z.object({ workspace: z.string().nullish(), session_id: z.string().nullish() }).nullish().catch(null),
});

function localPath(repo: WorkspaceSpec["repo"]): string | undefined {
  if ("path" in repo) return repo.path;
  if (!repo.url.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(repo.url);
  } catch {
    return undefined;
  }
}

// The answer does not tell whether a path outside exists.
function repoFault(spec: WorkspaceSpec | null | undefined, { repoRoots, hostId }: Admission): string | undefined {
  if (!spec) return undefined;
  if ("path" in spec.repo && spec.repo.host_id !== hostId) return `the repository is on host ${spec.repo.host_id}, this is ${hostId}`;
  if (repoRoots.length === 0) return undefined;
  const path = localPath(spec.repo);
  const roots = repoRoots.filter((root) => existsSync(root)).map((root) => realpathSync(root));
  const isAllowed = path !== undefined && existsSync(path) && roots.some((root) => isInside(root, realpathSync(path)));
  return isAllowed ? undefined : "the repository is not below a --repo-root of this executor";
}

/** What to run, or why not: a sentence for people. */
export function admit(data: unknown, ref: RunRef, admission: Admission): { assignment: Assignment; leaseTtlMs: number } | { refused: string } {
  const extra = extraSchema.safeParse(data);
  const {
    lease_ttl_ms: _ttl,
    resume: _resume,
    session_id: _session,
    ...rest
  } = typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
  const body = dispatchBodySchema.safeParse({ ...rest, mission_id: ref.mission_id });
  if (!body.success || !extra.success) {
    const issue = body.success ? undefined : issuesOf(body.error)[0];
    return { refused: `the dispatch cannot be read: ${issue ? `${issue.pointer}: ${issue.message}` : "wrong members"}` };
  }
  const agentId = chooseAgent(body.data.agents ?? [], admission.capabilities);
  const row = typeof agentId === "string" ? admission.agents[agentId] : undefined;
  if (typeof agentId !== "string" || !row)
    return { refused: `no agent of this executor fits${body.data.agents?.length ? ` ${body.data.agents.join(" or ")}` : ""}` };
  const program = admission.findProgram(row);
  if (program === undefined) return { refused: `agent ${agentId} is not installed any more: ${row.command[0] ?? "its command"} was not found` };
  const fault = repoFault(body.data.workspace, admission);
  if (fault !== undefined) return { refused: fault };
  if (body.data.limits?.tool_calls && !PROTOCOLS[row.kind].countsTools)
    return { refused: `agent ${agentId} does not tell when it uses a tool, so limits.tool_calls could not be kept` };
  const secrets = resolveSecrets(body.data.secrets ?? [], admission.secrets);
  if ("refused" in secrets) return secrets;
  const { resume } = extra.data;
  return {
    assignment: {
      body: body.data,
      attempt: ref.attempt,
      agentId,
      row,
      program,
      secrets: secrets.values,
      resume: resume ? { workspace: resume.workspace ?? null, session_id: resume.session_id ?? null } : null,
    },
    leaseTtlMs: extra.data.lease_ttl_ms,
  };
}
