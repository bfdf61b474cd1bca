// From a place in a tree to the artifacts that it defines, whatever the kind. Must not know any layout.
import { dirname } from "node:path/posix";
import { type Artifact, artifactId, type Diagnostic, type Kind } from "../model.ts";
import { parseAgent } from "./agent.ts";
import { parseBehavior } from "./behavior.ts";
import { parseCommand } from "./command.ts";
import type { Parsed } from "./fields.ts";
import { parseMcp } from "./mcp.ts";
import { parseRule } from "./rule.ts";
import { parseSkill } from "./skill.ts";
import type { Match, Tree } from "./tree.ts";

/** What a place gave; an artifact with an error is not among them. */
export type Found = { readonly artifacts: readonly Artifact[]; readonly diagnostics: readonly Diagnostic[] };

/** Where artifacts are read from and what they belong to; `shown` turns a path of the tree into one for people. */
export type From = { readonly tree: Tree; readonly bundle: string; readonly shown: (path: string) => string };

/** A place that means an artifact of this name; `folder`: a skill's folder has a name of its own; `titled`: a name in the file is a title. */
export type Place = {
  readonly kind: Kind;
  readonly path: string;
  readonly name: string;
  readonly problem?: string | null;
  readonly folder?: string;
  readonly titled?: boolean;
};

const oneOf = ({ artifact, diagnostics }: Parsed<Artifact>): Found => ({ artifacts: artifact === null ? [] : [artifact], diagnostics });

/** Reads what a place defines. An unreadable file, in a skill's or behavior's folder too, is an error of the whole artifact. */
export function readArtifact({ tree, bundle, shown }: From, { kind, path, name, problem = null, folder, titled = false }: Place): Found {
  const failed = (at: string, message: string): Diagnostic => ({
    severity: "error",
    path: shown(at),
    line: null,
    message,
    ...(kind !== "mcp" && { artifact: artifactId({ kind, name }) }),
  });
  if (problem !== null) return { artifacts: [], diagnostics: [failed(path, problem)] };
  const file = tree.read(path);
  if ("problem" in file) return { artifacts: [], diagnostics: [failed(path, file.problem)] };
  if (kind === "mcp") return parseMcp(file.bytes, { bundle, path: shown(path) });
  const alone = { name, bundle, path: shown(path), file: { ...file, path: "", executable: false } };
  if (kind === "rule") return oneOf(parseRule(alone));
  if (kind === "agent") return oneOf(parseAgent({ ...alone, titled }));
  if (kind === "command") return oneOf(parseCommand(alone));
  const home = dirname(path) === "." ? "" : dirname(path);
  const { files, problems } = tree.walk(home);
  if (problems.length > 0) return { artifacts: [], diagnostics: problems.map((found) => failed(found.path, found.problem)) };
  const source = { ...alone, file, files };
  return oneOf(kind === "skill" ? parseSkill({ ...source, ...(folder !== undefined && { folder }) }) : parseBehavior(source));
}

/** The place that a match of a pattern means; without a `*` in the pattern it is called `fallback`. */
export function placeOf(kind: Kind, match: Match, fallback: string): Place {
  return { kind, path: match.path, name: match.name ?? fallback, problem: match.problem };
}
