// Which model an agent gets on a platform: tiers by the platform's row or the user's configuration, concrete names as they are.
// Must not know how a client writes it.
import type { FieldLoss } from "../codecs/field-loss.ts";
import type { Platform } from "../platform.ts";

export const TIERS = ["reasoning", "coding", "fast"] as const;
type Tier = (typeof TIERS)[number];

/** The config's `models`: by platform id, then tier. Wins over the rows. */
export type ModelChoices = Readonly<Record<string, { readonly [T in Tier]?: string | undefined }>>;

// Names that mean something to Claude Code only; bundles made for it are full of them.
const CLAUDE_TIERS: Readonly<Record<string, Tier>> = { opus: "reasoning", sonnet: "coding", haiku: "fast" };

export type ResolvedModel = { readonly model: string | null; readonly loss: FieldLoss | null };

const PLAIN: ResolvedModel = { model: null, loss: null };

/** The name to write for `wanted`; null leaves the client's default, with a loss where something else was asked for. */
export function resolveModel(platform: Platform, choices: ModelChoices, wanted: string | null): ResolvedModel {
  if (wanted === null || wanted === "inherit") return PLAIN;
  const tier = TIERS.find((name) => name === wanted);
  const choose = (of: Tier): string | undefined => choices[platform.id]?.[of] ?? platform.models?.[of];
  if (tier !== undefined) {
    const model = choose(tier);
    return model === undefined
      ? { model: null, loss: { field: "model", grade: "degraded", note: `no model is set for "${tier}"; the client's default is used` } }
      : { model, loss: { field: "model", grade: "translated", note: model } };
  }
  const alias = platform.id === "claude-code" ? undefined : CLAUDE_TIERS[wanted];
  if (alias === undefined) return { model: wanted, loss: null };
  const model = choose(alias);
  return model === undefined
    ? { model: null, loss: { field: "model", grade: "degraded", note: `"${wanted}" is a name of Claude Code's; the client's default is used` } }
    : { model, loss: { field: "model", grade: "translated", note: model } };
}
