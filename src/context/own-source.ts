// Whether a deploy would write a rule's text into the very file that the rule is read from. Must not write anything.
import { realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { AiwgError } from "../core/errors.ts";
import type { BundlePlace, ReadBundles } from "./bundles.ts";
import { artifactId } from "./model.ts";
import type { Output } from "./output.ts";
import type { Site } from "./site.ts";

type Where = { readonly site: Site; readonly cwd: string };

// Undefined for what is not there.
function realOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Throws `usage` where a block would stand in its own source: it would hold the text twice, and read its own block the next time. */
export function refuseOwnSource({ artifacts, places }: Pick<ReadBundles, "artifacts" | "places">, outputs: readonly Output[], { site, cwd }: Where): void {
  const here = new Map(places.flatMap((place): [string, BundlePlace][] => (place.owner === "elsewhere" ? [] : [[place.name, place]])));
  for (const { path, at, owners } of outputs) {
    const bundle = at?.startsWith("block:") ? here.get(at.slice("block:".length)) : undefined;
    const real = bundle && realOf(join(site.root, path));
    if (!real?.startsWith(bundle?.folder.endsWith(sep) ? bundle.folder : `${bundle?.folder}${sep}`)) continue;
    const ids = new Set(owners.map(([, , id]) => id));
    const own = artifacts.find((artifact) => ids.has(artifactId(artifact)) && realOf(resolve(cwd, artifact.from.replace(/:\d+$/, ""))) === real);
    if (own === undefined) continue;
    const readers = [...new Set(owners.flatMap(([platform, , id]) => (id === artifactId(own) ? platform : [])))].join(", ");
    throw new AiwgError("usage", `${own.from} is the source of ${artifactId(own)}, and also where a deploy would write it for ${readers}`, {
      hint: `Who reads ${path} has its text already. For other tools, move it into a file such as .aiwg/context/rules/${own.name}.md, then run aiwg deploy.`,
    });
  }
}
