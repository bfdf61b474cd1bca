// Every platform that aiwg knows, and the names that stand for several. Must not know what is done with them.
import { AiwgError } from "../../core/errors.ts";
import { nearest, oneLine } from "../../core/text.ts";
import type { Platform } from "../platform.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { copilotVscode } from "./copilot-vscode.ts";
import { opencode } from "./opencode.ts";

/** Sorted by id. */
export const PLATFORMS = [claudeCode, codex, copilotCli, copilotVscode, opencode] as const satisfies readonly Platform[];

/** Names that `--to` and the config understand for several platforms at once. */
export const GROUPS = { copilot: ["copilot-cli", "copilot-vscode"] } as const satisfies Readonly<Record<string, readonly (typeof PLATFORMS)[number]["id"][]>>;

const BY_ID: ReadonlyMap<string, Platform> = new Map(PLATFORMS.map((platform) => [platform.id, platform]));
const GROUP_IDS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(GROUPS));

/** The platform with this id. Throws `usage` with the nearest known name. */
export function platformOf(id: string): Platform {
  const platform = BY_ID.get(id);
  if (platform !== undefined) return platform;
  const known = [...BY_ID.keys(), ...GROUP_IDS.keys()];
  const meant = nearest(id, known);
  throw new AiwgError("usage", `there is no platform "${oneLine(id, 60)}"`, {
    hint: meant === undefined ? `Known are ${known.toSorted().join(", ")}.` : `Did you mean ${meant}? aiwg platforms lists all.`,
  });
}

/** The platforms that ids and group names stand for, each once, sorted by id. Throws like `platformOf`. */
export function platformsNamed(names: readonly string[]): readonly Platform[] {
  const ids = new Set(names.flatMap((name) => GROUP_IDS.get(name) ?? [name]));
  return [...ids].map(platformOf).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
