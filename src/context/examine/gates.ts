// What has to be true outside of the files before a client reads them: trust, and variables that move its folder. Pure over what it is given.
import { readToml } from "../import/formats.ts";
import type { JsonObject } from "../model.ts";
import type { Target } from "../platform.ts";
import { codex } from "../platforms/codex.ts";
import { isOurs, readText, type Sight, type Trouble, uses } from "./sight.ts";

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

const CODEX_FILES = [".codex/config.toml", ".codex/hooks.json", ".codex/agents/*.toml"] as const;

/** Codex reads `.codex/` of a project only once its own settings say that the project is trusted. */
export function codexTrust(sight: Sight): readonly Trouble[] {
  const { site, trees, env } = sight;
  if (site.scope === "user" || !uses(sight, "codex")) return [];
  const [first] = CODEX_FILES.flatMap((pattern) => trees.project.match(pattern));
  // Where its settings lie elsewhere, this file says nothing.
  if (!first || env["CODEX_HOME"]) return [];
  const settings = readToml(readText(trees.user, ".codex/config.toml") ?? "");
  const projects = "value" in settings ? settings.value["projects"] : undefined;
  const own = isObject(projects) ? projects[site.root] : undefined;
  if (isObject(own) && own["trust_level"] === "trusted") return [{ id: "context.trust", status: "ok", message: `Codex trusts ${site.root}` }];
  return [
    {
      ...{ id: "context.trust", status: "warn", message: `${first.path}: Codex reads nothing of .codex/ here until it trusts this project` },
      hint: `Start codex here once and agree, or write into ~/.codex/config.toml: [projects.${JSON.stringify(site.root)}] trust_level = "trusted"`,
    },
  ];
}

// What `codexTrust` looks at.
const CHECKED: ReadonlySet<string> = new Set(codex.project.agent.map(({ gate }) => gate));

const stem = (path: string): string => path.split("{")[0] ?? path;

/** What clients ask before they read what we wrote; nobody but the client knows whether it was answered. */
export function openGates(sight: Sight): readonly Trouble[] {
  const { platforms, site, lock } = sight;
  const gates = platforms.flatMap((platform) =>
    Object.values<readonly Target[]>(platform[site.scope])
      .flat()
      .filter(({ gate, path }) => {
        const isThere = path.includes("{")
          ? lock.outputs.some((line) => line.path.startsWith(stem(path)) && line.owners.some(([id]) => id === platform.id))
          : isOurs(sight, path, platform.id);
        return gate !== undefined && isThere && !CHECKED.has(gate);
      })
      .map(({ gate = "" }) => gate),
  );
  return [...new Set(gates)].map((gate) => ({ id: "context.gate", status: "ok", message: gate }));
}

/** Variables that make a client look for its user files elsewhere than where we write them. */
export function movedFolders({ site, platforms, env }: Sight): readonly Trouble[] {
  if (site.scope === "project") return [];
  return platforms.flatMap(({ label, movedBy = [] }) =>
    movedBy.flatMap((variable): readonly Trouble[] =>
      env[variable]
        ? [
            {
              ...{
                id: "context.moved",
                status: "warn",
                message: `${variable} is set to ${env[variable]}: ${label} looks there for its user files, and aiwg writes below ${site.root}`,
              },
              hint: `Unset ${variable}, or leave this platform out of the user's config.`,
            },
          ]
        : [],
    ),
  );
}
