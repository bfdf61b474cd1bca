// What became of the deploy itself: states that are not current, what was left out, programs that would be started and are not there.
// Pure over what it is given.
import { type Deployment, hasFault } from "../deploy.ts";
import { inventoryOf, isWanted } from "../plan/inventory.ts";
import { artifactId, type Artifact, diagnosticText } from "../model.ts";
import type { UnitState } from "../output.ts";
import { scopeFlag, typedPath } from "../typed.ts";
import type { Trouble } from "./sight.ts";

const MANY = 3;

function some(texts: readonly string[]): string {
  const all = [...new Set(texts)];
  return all.length > MANY ? `${all.slice(0, MANY).join(", ")} and ${all.length - MANY} more` : all.join(", ");
}

const SAID: Readonly<
  Partial<
    Record<UnitState, { readonly status: Trouble["status"]; readonly what: string; readonly hint: (path: string, flag: string, wanted: boolean) => string }>
  >
> = {
  edited: {
    status: "fail",
    what: "changed since aiwg wrote it",
    hint: (path, _, wanted) =>
      wanted
        ? `Take it into its source with aiwg save ${path}, or see aiwg deploy --dry-run for the other ways.`
        : `Nothing in use asks for it any more: leave it to you with aiwg keep ${path}, or delete it with aiwg deploy --force ${path}.`,
  },
  foreign: {
    status: "fail",
    what: "somebody else's file is in the way",
    hint: (path) => `Leave it with aiwg keep ${path}, or replace it with aiwg deploy --force ${path}.`,
  },
  missing: { status: "fail", what: "gone, or never written", hint: (_, flag) => `Run aiwg deploy${flag}.` },
  stale: { status: "warn", what: "no longer what the bundles say", hint: (_, flag) => `Run aiwg deploy${flag}.` },
};

/** One trouble for each state that is not as it should be, and one line if all is. */
export function states(deployment: Deployment): readonly Trouble[] {
  const { site, cwd } = deployment.input;
  const entries = inventoryOf(deployment.planned.states);
  const wrong = [...Map.groupBy(entries, ({ state }) => state)].flatMap(([state, of]): readonly Trouble[] => {
    const said = SAID[state];
    const [first] = of;
    if (!said || !first) return [];
    return [
      {
        ...{ id: `context.${state}`, status: said.status, message: `${some(of.map(({ path }) => path))}: ${said.what}` },
        hint: said.hint(typedPath(first.path, site, cwd), scopeFlag(site), isWanted(first, deployment.outputs)),
      },
    ];
  });
  if (wrong.length > 0 || entries.length === 0) return wrong;
  const platforms = new Set(entries.map(({ platform }) => platform));
  return [
    {
      id: "context.state",
      status: "ok",
      message: `${entries.length === 1 ? "1 artifact stands" : `${entries.length} artifacts stand`} as the bundles say (${[...platforms].join(", ")})`,
    },
  ];
}

/** What is defective, or found no place. */
export function leftOut(deployment: Deployment): readonly Trouble[] {
  const { conflicts, diagnostics } = deployment;
  const faults = hasFault(deployment) ? diagnostics.filter(({ severity }) => severity === "error") : [];
  return [
    ...conflicts.map((one): Trouble => ({ id: "context.conflict", status: "fail", message: diagnosticText(one) })),
    ...faults.map((one): Trouble => ({ id: "context.defect", status: "fail", message: diagnosticText(one), hint: "Correct it there, then run aiwg deploy." })),
  ];
}

function programOf(artifact: Artifact): string | undefined {
  if (artifact.kind === "behavior") {
    const [program = ""] = artifact.run;
    return program.includes("/") || artifact.files.some(({ path }) => path === program) ? undefined : program;
  }
  if (artifact.kind !== "mcp" || artifact.transport.type !== "stdio") return undefined;
  return /[/$]/.test(artifact.transport.command) ? undefined : artifact.transport.command;
}

/** Programs that behaviors and servers start by name, and that are not there. */
export function programs({ bundles }: Deployment, isProgram: (name: string) => boolean): readonly Trouble[] {
  const wanted = Map.groupBy(
    bundles.artifacts.flatMap((artifact) => {
      const program = programOf(artifact);
      return program === undefined || isProgram(program) ? [] : [{ program, id: artifactId(artifact) }];
    }),
    ({ program }) => program,
  );
  return [...wanted].map(([program, by]) => ({
    ...{ id: "context.program", status: "warn", message: `${some(by.map(({ id }) => id))} would start "${program}", which is not on PATH` },
    hint: `Install ${program}, or name it with its path.`,
  }));
}
