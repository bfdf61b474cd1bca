// Two of one name: which one a client takes, what it lists or runs twice. Pure over what it is given.
import { canonicalJson } from "../../core/json.ts";
import { parseJsonc } from "../../core/jsonc.ts";
import type { Json, JsonObject } from "../model.ts";
import type { ScopeName } from "../platform.ts";
import { readText, type Sight, shownIn, type Trouble, uses } from "./sight.ts";
import { ACROSS_SCOPES, HOOK_FILES, SERVER_FILES, SKILL_ROOTS } from "./table.ts";

type Named = { readonly scope: ScopeName; readonly path: string; readonly digest: string };

const labelOf = ({ platforms }: Sight, id: string): string => platforms.find((platform) => platform.id === id)?.label ?? id;

function namesAt({ trees }: Sight, scope: ScopeName, patterns: readonly string[]): ReadonlyMap<string, Named> {
  const found = patterns.flatMap((pattern) =>
    trees[scope].match(pattern).flatMap(({ path, name, problem }) => {
      const file = problem === null ? trees[scope].read(path) : undefined;
      return name === null || file === undefined || "problem" in file ? [] : [[name, { scope, path, digest: file.digest }] as const];
    }),
  );
  return new Map(found.toReversed());
}

/** A project's artifact that the user's own of the same name replaces, or stands beside. */
export function acrossScopes(sight: Sight): readonly Trouble[] {
  if (sight.site.scope === "user") return [];
  return ACROSS_SCOPES.filter(({ platform }) => uses(sight, platform)).flatMap(({ platform, what, user, project, wins }) => {
    const [own, theirs] = [namesAt(sight, "user", user), namesAt(sight, "project", project)];
    return [...theirs].flatMap(([name, here]): readonly Trouble[] => {
      const there = own.get(name);
      if (!there || (wins === "user" && there.digest === here.digest)) return [];
      const [mine, its] = [shownIn(sight, "user", there.path), shownIn(sight, "project", here.path)];
      const message =
        wins === "user"
          ? `${its}: ${labelOf(sight, platform)} takes your own ${what} "${name}" (${mine}) instead`
          : `${its}: ${labelOf(sight, platform)} lists the ${what} "${name}" twice, as ${mine} has the same name`;
      return [{ id: "context.rival", status: "warn", message, hint: `Rename or remove ${mine}.` }];
    });
  });
}

/** One skill's name in two roots of one scope that a client reads both. */
export function sameSkills(sight: Sight): readonly Trouble[] {
  const { site } = sight;
  return SKILL_ROOTS.filter(({ platform, scope }) => scope === site.scope && uses(sight, platform)).flatMap(({ platform, scope, roots, lists }) => {
    const byName = Map.groupBy(
      roots.flatMap((root) => [...namesAt(sight, scope, [`${root}/*/SKILL.md`])]),
      ([name]) => name,
    );
    return [...byName].flatMap(([name, all]): readonly Trouble[] => {
      const [first, ...rest] = all.map(([, found]) => found);
      const other = rest.find(({ digest }) => lists === "twice" || digest !== first?.digest);
      if (!first || !other) return [];
      const [kept, dropped] = [shownIn(sight, scope, first.path), shownIn(sight, scope, other.path)];
      const label = labelOf(sight, platform);
      const message =
        lists === "twice"
          ? `${dropped}: ${label} lists the skill "${name}" twice, as it reads ${kept} too`
          : `${dropped}: ${label} takes ${kept} instead, which says something else`;
      return [{ id: "context.duplicate", status: "warn", message, hint: "Keep one of the two, or give them different names." }];
    });
  });
}

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function jsonAt({ trees }: Sight, scope: ScopeName, path: string): JsonObject {
  const text = readText(trees[scope], path);
  const parsed = text === undefined ? { value: {} } : parseJsonc(text);
  return "value" in parsed && isObject(parsed.value) ? parsed.value : {};
}

/** One server's name in two settings of one client. */
export function sameServers(sight: Sight): readonly Trouble[] {
  const rows = SERVER_FILES.filter(({ platform, scope }) => scope === sight.site.scope && uses(sight, platform));
  return rows.flatMap(({ platform, scope, key, files }) => {
    const seen = new Map<string, { readonly path: string; readonly entry: Json }>();
    return files.flatMap((path): readonly Trouble[] => {
      const servers = jsonAt(sight, scope, path)[key];
      return Object.entries(isObject(servers) ? servers : {}).flatMap(([name, entry]): readonly Trouble[] => {
        const winner = seen.get(name);
        if (!winner) seen.set(name, { path, entry });
        if (!winner || canonicalJson(winner.entry) === canonicalJson(entry)) return [];
        const message = `${shownIn(sight, scope, path)}: ${labelOf(sight, platform)} takes the server "${name}" from ${shownIn(sight, scope, winner.path)} instead`;
        return [{ id: "context.duplicate", status: "warn", message, hint: "Keep one of the two, or give them different names." }];
      });
    });
  });
}

/** Every command that a value of hooks would run. */
function commandsIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(commandsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => ((key === "command" || key === "bash") && typeof inner === "string" ? [inner] : commandsIn(inner)));
}

/** Hooks that one client runs twice, since it finds the same command in two files. */
export function doubleHooks(sight: Sight): readonly Trouble[] {
  if (sight.site.scope === "user") return [];
  return HOOK_FILES.filter(({ platform }) => uses(sight, platform)).flatMap(({ platform, files }) => {
    const seen = new Map<string, string>();
    return files.flatMap(({ scope, pattern }) =>
      sight.trees[scope].match(pattern).flatMap(({ path }) => {
        const shown = shownIn(sight, scope, path);
        const hooks = jsonAt(sight, scope, path)["hooks"];
        return [...new Set(commandsIn(hooks ?? null))].flatMap((command): readonly Trouble[] => {
          const first = seen.get(command);
          seen.set(command, first ?? shown);
          if (first === undefined || first === shown) return [];
          return [
            {
              id: "context.twice",
              status: "fail",
              message: `${shown}: ${labelOf(sight, platform)} runs "${command}" twice, as ${first} has it too`,
              hint: `Take it out of one of the two.`,
            },
          ];
        });
      }),
    );
  });
}
