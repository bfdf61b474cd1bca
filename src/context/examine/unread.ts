// Files that nobody reads: places that a client does not know, files that another one hides, JSON with comments where the client
// knows none. Pure over what it is given.
import { parseJsonc } from "../../core/jsonc.ts";
import { textBesideOurs } from "../import/beside.ts";
import type { Platform, Target } from "../platform.ts";
import { isOurs, isSameFile, readText, type Sight, shownIn, type Trouble, uses } from "./sight.ts";
import { DEAD, STRICT_JSON } from "./table.ts";

/** Files in places that no client reads. */
export function deadFiles(sight: Sight): readonly Trouble[] {
  const { site, trees } = sight;
  return DEAD.filter(({ scope }) => scope === site.scope).flatMap(({ scope, pattern, client, instead, unless, but }): readonly Trouble[] => {
    const tree = trees[scope];
    const found = tree.match(pattern).filter(({ path, problem }) => problem === null && (but === undefined || !path.endsWith(but)));
    const [first] = found;
    if (!first || (unless && readText(tree, unless.file)?.includes(unless.names))) return [];
    const more = found.length > 1 ? ` and ${found.length - 1} more like it` : "";
    const who = client.startsWith("none") ? `${client} reads it` : `${client} does not read it`;
    return [{ id: "context.dead", status: "warn", message: `${shownIn(sight, scope, first.path)}${more}: ${who}`, hint: `Move what it says to ${instead}.` }];
  });
}

function standsThere(sight: Sight, { id }: Platform, { place, path }: Target): "ours" | "person" | null {
  const tree = sight.trees[sight.site.scope];
  if (path.includes("{") || tree.typeAt(path) !== "file") return null;
  if (isOurs(sight, path, id)) return "ours";
  if (place === "block") return textBesideOurs(tree, path) === "" ? null : "person";
  return isOurs(sight, path) ? null : "person";
}

function hiderOf(sight: Sight, { path, hiddenBy = [], blankHides = false }: Target): string | undefined {
  const tree = sight.trees[sight.site.scope];
  return hiddenBy.find((file) => {
    const text = readText(tree, file);
    if (text === undefined || isSameFile(sight, file, path)) return false;
    // A file that takes the other one in hides nothing of it.
    return blankHides || (text.trim() !== "" && !text.includes(`@${path}`) && !text.includes(`@./${path}`));
  });
}

/** Files that a platform in use would read, were it not for another one. */
export function hiddenFiles(sight: Sight): readonly Trouble[] {
  const { platforms, site, shown } = sight;
  return platforms.flatMap((platform) =>
    Object.values<readonly Target[]>(platform[site.scope])
      .flat()
      .flatMap((target): readonly Trouble[] => {
        const whose = standsThere(sight, platform, target);
        const hider = whose === null ? undefined : hiderOf(sight, target);
        if (hider === undefined || textBesideOurs(sight.trees[site.scope], target.path) === `@${hider}`) return [];
        const message = `${shown(target.path)}: ${platform.label} does not read it while there is ${shown(hider)}${target.blankHides ? ", even an empty one" : ""}`;
        const hint =
          whose === "ours" ? "Run aiwg deploy, which finds another place or says what is in the way." : `Put what it says into ${hider}, or remove ${hider}.`;
        return [{ id: "context.hidden", status: whose === "ours" ? "fail" : "warn", message, hint }];
      }),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Settings that a client drops as a whole, for a comment or an error. */
export function ignoredSettings(sight: Sight): readonly Trouble[] {
  const { site, trees } = sight;
  return STRICT_JSON.filter((row) => row.scope === site.scope && row.platforms.some((id) => uses(sight, id))).flatMap(
    ({ scope, path, platforms }): readonly Trouble[] => {
      const text = readText(trees[scope], path);
      if (text === undefined || text.trim() === "" || isJson(text)) return [];
      const parsed = parseJsonc(text);
      const who = sight.platforms.filter(({ id }) => platforms.includes(id)).map(({ label }) => label);
      const why = "fault" in parsed ? `line ${parsed.line} is ${parsed.fault}` : "it has comments, or a comma too many";
      return [
        {
          ...{
            id: "context.ignored",
            status: "fail",
            message: `${shownIn(sight, scope, path)}: ${who.join(" and ")} ${who.length > 1 ? "ignore" : "ignores"} all of it: ${why}`,
          },
          hint: "Take the comments out; this client reads plain JSON only.",
        },
      ];
    },
  );
}
