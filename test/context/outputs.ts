// Outputs made by hand, and sites in a folder, for tests of plan and apply and for the processes they start. Must not need vitest,
// nor know what a test expects.
import { join } from "node:path";
import { sha256, valueHash } from "../../src/context/plan/disk.ts";
import { readLock } from "../../src/context/lock-file.ts";
import type { Json } from "../../src/context/model.ts";
import type { At, Output, Owner } from "../../src/context/output.ts";
import { type PlanInput, type Planned, planChanges } from "../../src/context/plan/plan.ts";
import type { ScopeName } from "../../src/context/platform.ts";
import { type Site, siteOf } from "../../src/context/site.ts";
import { placesOf } from "../../src/core/node/paths.ts";

/** The site of a scope in a folder that holds `project`, `home` and ours. */
export function siteIn(base: string, scope: ScopeName): Site {
  return siteOf({ scope, root: join(base, "project"), home: join(base, "home"), places: placesOf({ AIWG_HOME: join(base, "aiwg") }) });
}

type Extra = { readonly unit?: string; readonly owners?: readonly Owner[]; readonly limit?: number };

function output(path: string, at: At, hash: string, content: Output["content"], extra: Extra): Output {
  const owners = extra.owners ?? [["claude-code", "b", `rule/${path.replaceAll(/[^a-z0-9]/gi, "-")}`]];
  return { path, at, unit: extra.unit ?? `${path}${at ?? ""}`, content, hash, owners, limit: extra.limit ?? null };
}

export function fileOutput(path: string, text: string | Uint8Array, extra: Extra & { readonly mode?: 0o644 | 0o755 } = {}): Output {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return output(path, null, sha256(bytes), { as: "file", bytes, mode: extra.mode ?? 0o644 }, extra);
}

export function blockOutput(path: string, text: string, extra: Extra & { readonly bundle?: string; readonly claims?: readonly string[] } = {}): Output {
  const syntax = path.endsWith(".toml") ? "hash" : "html";
  return output(path, `block:${extra.bundle ?? "b"}`, sha256(text), { as: "block", text, syntax, claims: extra.claims ?? [] }, extra);
}

export function valueOutput(path: string, at: `/${string}`, value: Json, extra: Extra = {}): Output {
  return output(path, at, valueHash(value), { as: "value", value }, extra);
}

export function memberOutput(path: string, at: `/${string}`, value: Json, mark: string, extra: Extra = {}): Output {
  return output(path, at, valueHash(value), { as: "member", value, mark }, extra);
}

/** Files of a skill as one unit. */
export function skillOutputs(folder: string, name: string, files: Readonly<Record<string, string>>, platform = "claude-code"): Output[] {
  const extra = { unit: `skill/${name}@${folder}/${name}`, owners: [[platform, "b", `skill/${name}`]] as const };
  return Object.entries(files).map(([path, text]) => fileOutput(`${folder}/${name}/${path}`, text, { ...extra, mode: path.endsWith(".sh") ? 0o755 : 0o644 }));
}

export type Wish = Partial<Omit<PlanInput, "site" | "lock">>;

export function planIn(site: Site, outputs: readonly Output[], wish: Wish = {}): Planned {
  const bundles = outputs.length === 0 ? {} : { b: { source: "./b", rev: null, integrity: "sha256-b" } };
  return planChanges({ site, outputs, bundles, lock: readLock(site), ...wish });
}

const SERVER = { command: "npx", args: ["-y", "srv"] };
const TWO = [["claude-code", "b", "behavior/fmt"]] as const;

/** Two versions of a bundle with a step of every kind between them: files and parts that come, change and go. */
export function bundleOutputs(version: "1" | "2"): Output[] {
  const [one, two] = [version === "1", version === "2"];
  return [
    ...skillOutputs(".claude/skills", "tidy", {
      "SKILL.md": version,
      "scripts/run.sh": "#!/bin/sh\n",
      ...(one ? { "old/gone.md": "1" } : { "new/come.md": "2" }),
    }),
    fileOutput(`.claude/agents/a${version}.md`, "agent"),
    fileOutput(".claude/rules/r.md", `rule ${version}`),
    blockOutput("AGENTS.md", `- version ${version}`),
    ...(one ? [blockOutput(".codex/config.toml", "[mcp_servers.srv]", { claims: ["mcp_servers.srv"] })] : []),
    valueOutput(".mcp.json", "/mcpServers/srv", { ...SERVER, version }),
    fileOutput(".aiwg/behaviors/fmt/run.mjs", version, { unit: "behavior/fmt", owners: TWO }),
    memberOutput(".claude/settings.json", "/hooks/Stop/fmt", { command: "node .aiwg/behaviors/fmt/run.mjs" }, "behaviors/fmt/", {
      unit: "behavior/fmt",
      owners: TWO,
    }),
    ...(two ? [fileOutput("docs/new/deep/x.md", "x".repeat(300_000))] : []),
  ];
}
