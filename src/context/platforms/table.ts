// Every platform that aiwg knows, and the names that stand for several. Must not know what is done with them.
import { AiwgError } from "../../core/errors.ts";
import { nearest, oneLine } from "../../core/text.ts";
import type { Platform } from "../platform.ts";
import { amp } from "./amp.ts";
import { antigravityCli } from "./antigravity-cli.ts";
import { antigravityIde } from "./antigravity-ide.ts";
import { augment } from "./augment.ts";
import { claudeCode } from "./claude-code.ts";
import { cline } from "./cline.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { copilotVscode } from "./copilot-vscode.ts";
import { cursor } from "./cursor.ts";
import { factory } from "./factory.ts";
import { geminiCli } from "./gemini-cli.ts";
import { goose } from "./goose.ts";
import { grokBuild } from "./grok-build.ts";
import { hermes } from "./hermes.ts";
import { junie } from "./junie.ts";
import { kilo } from "./kilo.ts";
import { kiroCli } from "./kiro-cli.ts";
import { kiroIde } from "./kiro-ide.ts";
import { muse } from "./muse.ts";
import { openclaw } from "./openclaw.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { qwenCode } from "./qwen-code.ts";
import { roo } from "./roo.ts";
import { warp } from "./warp.ts";
import { windsurf } from "./windsurf.ts";
import { zed } from "./zed.ts";

/** Sorted by id. */
export const PLATFORMS = [
  amp,
  antigravityCli,
  antigravityIde,
  augment,
  claudeCode,
  cline,
  codex,
  copilotCli,
  copilotVscode,
  cursor,
  factory,
  geminiCli,
  goose,
  grokBuild,
  hermes,
  junie,
  kilo,
  kiroCli,
  kiroIde,
  muse,
  openclaw,
  opencode,
  pi,
  qwenCode,
  roo,
  warp,
  windsurf,
  zed,
] as const satisfies readonly Platform[];

/** Names that `--to` and the config understand for several platforms at once. */
export const GROUPS = {
  antigravity: ["antigravity-cli", "antigravity-ide"],
  copilot: ["copilot-cli", "copilot-vscode"],
} as const satisfies Readonly<Record<string, readonly (typeof PLATFORMS)[number]["id"][]>>;

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
