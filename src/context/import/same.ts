// When two artifacts say the same, whatever files they came from. Pure.
import { isDeepStrictEqual } from "node:util";
import { tidyText } from "../codecs/front-matter.ts";
import { type ToolClient, toolNames } from "../codecs/tool-names.ts";
import type { Artifact } from "../model.ts";

const everywhere = (globs: readonly string[]): boolean => globs.length === 1 && globs[0] === "**";

function meaningOf(artifact: Artifact): unknown {
  switch (artifact.kind) {
    case "rule":
      return [artifact.description, everywhere(artifact.globs) ? [] : artifact.globs, everywhere(artifact.globs) || artifact.always, tidyText(artifact.body)];
    case "agent":
      return [artifact.description, artifact.model, tidyText(artifact.body), artifact.tools];
    case "command":
      return [artifact.description, artifact.argumentHint, tidyText(artifact.body)];
    case "mcp":
      return [artifact.transport, artifact.extra, artifact.overrides];
    case "skill":
    case "behavior":
      return artifact.hash;
  }
}

/** True for artifacts of one meaning. */
export const meansSame = (a: Artifact, b: Artifact): boolean => isDeepStrictEqual(meaningOf(a), meaningOf(b));

/** True for a file that says in our words what it says in its client's: names of tools are understood as far as they come out the same. */
export function readsSame(own: Artifact, ours: Artifact, client: ToolClient | undefined): boolean {
  if (own.kind !== "agent" || ours.kind !== "agent" || own.tools === null || ours.tools === null || client === undefined || client === "claude")
    return meansSame(own, ours);
  return toolNames(own.tools, client).losses.length === 0 && meansSame({ ...own, tools: ours.tools }, ours);
}
