// Deploying one workload to four platforms: time per file written, a second run that has nothing to do, memory; beside peers
// in the same rounds, each from its own source form. Files are counted by `find`, not by the tools. Must not know how they work.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { measureMany } from "./context-many.ts";
import { type Deployed, deployTwice, type Lines, type Place } from "./context-run.ts";
import { type Amounts, FULL, TINY, writeWorkload } from "./context-workload.ts";
import { type Figure, median, plainFigure, ratioFigure } from "./figures.ts";
import { installPeers } from "./install.ts";
import type { Scratch } from "./scratch.ts";

type Tool = "aiwg" | "rulesync" | "ruler" | "skills";

const bin = (name: string): string => join(import.meta.dirname, "node_modules", name);

// Each tool's own command line for the same four platforms; of `skills` that is what it has: skills.
const LINES: Readonly<Record<Tool, (place: Place, aiwg: string) => Lines>> = {
  aiwg: ({ source }, aiwg) => ({
    first: [aiwg, "use", source, "--to", "claude-code,codex,copilot,opencode", "--yes"],
    again: [aiwg, "deploy"],
  }),
  rulesync: () => same([bin("rulesync/dist/cli/index.js"), "generate"]),
  ruler: () => same([bin("@intellectronica/ruler/dist/cli/index.js"), "apply", "--agents", "claude,codex,copilot,opencode", "--subagents", "--local-only"]),
  skills: ({ source }) => same([bin("skills/bin/cli.mjs"), "add", source, "--skill", "*", ...AGENTS.flatMap((agent) => ["-a", agent]), "--copy", "-y"]),
};
const AGENTS = ["claude-code", "codex", "github-copilot", "opencode"];
const same = (args: readonly string[]) => ({ first: args, again: args });

function prepare(scratch: Scratch, tool: Tool, amounts: Amounts): Place {
  const [project, home] = [scratch.folder(), scratch.folder()];
  execFileSync("git", ["init", "-q", project]);
  // Two of them read a source from elsewhere, two from the project itself.
  const source = tool === "aiwg" || tool === "skills" ? scratch.folder() : project;
  writeWorkload(source, tool, amounts);
  return { project, home, source };
}

function measure(scratch: Scratch, tool: Tool, aiwg: string, amounts: Amounts): Deployed {
  const place = prepare(scratch, tool, amounts);
  return deployTwice(scratch, place, LINES[tool](place, aiwg));
}

// The greatest resident size of a run, as the process itself sees it at its end.
function peakMb(scratch: Scratch, aiwg: string, amounts: Amounts): number {
  const place = prepare(scratch, "aiwg", amounts);
  const report = `data:text/javascript,${encodeURIComponent('process.on("exit",()=>process.stderr.write(`peak=${process.resourceUsage().maxRSS}\\n`))')}`;
  const env = { PATH: process.env["PATH"], HOME: place.home, NO_COLOR: "1", CI: "1" };
  const { first } = LINES.aiwg(place, aiwg);
  const script = `"$@" 2>&1 >/dev/null`;
  const text = execFileSync("sh", ["-c", script, "sh", process.execPath, "--import", report, ...first], { cwd: place.project, env, encoding: "utf8" });
  return Number(/peak=(\d+)/.exec(text)?.[1]) / 1_024;
}

export function measureContext({ scratch, aiwg, quick }: Bench): Promise<Figure[]> {
  const versions = installPeers();
  const amounts = quick ? TINY : FULL;
  const tools = Object.keys(LINES) as Tool[];
  const rounds: Record<Tool, Deployed[]> = { aiwg: [], rulesync: [], ruler: [], skills: [] };
  for (let round = quick ? 0 : -1; round < (quick ? 1 : 5); round++) {
    for (const tool of tools) {
      const result = measure(scratch, tool, aiwg, amounts);
      // The first round fills the caches of disk and compiler.
      if (round >= 0) rounds[tool].push(result);
    }
  }
  const perFile = (tool: Tool): number[] => rounds[tool].map(({ coldMs, files }) => coldMs / files);
  const filesOf = (tool: Tool): number => median(rounds[tool].map(({ files }) => files));
  const ours = perFile("aiwg");
  const figures = [
    plainFigure({
      what: `\`aiwg use\` to four platforms, time per file written (${filesOf("aiwg")} files)`,
      ours,
      unit: " ms",
      wanted: { atMost: 0.5 },
    }),
    ...(["rulesync", "ruler", "skills"] as const).map((tool) =>
      ratioFigure({
        what: `the same beside ${tool} ${versions[tool === "ruler" ? "@intellectronica/ruler" : tool] ?? ""} (${filesOf(tool)} files)`,
        ours,
        yardstick: perFile(tool),
        unit: " ms",
        wanted: { atMost: 1 },
      }),
    ),
    plainFigure({ what: "`aiwg deploy` again, nothing to do", ours: rounds.aiwg.map(({ againMs }) => againMs), unit: " ms", wanted: { atMost: 250 } }),
    plainFigure({ what: "files touched by it", ours: rounds.aiwg.map(({ touched }) => touched), unit: "", wanted: { atMost: 0 } }),
    plainFigure({ what: "peak memory of `aiwg use`", ours: [peakMb(scratch, aiwg, amounts)], unit: " MB", wanted: { atMost: 120 } }),
    ...(["rulesync", "ruler", "skills"] as const).map((tool) =>
      plainFigure({
        what: `second run of ${tool}; files it touched: ${median(rounds[tool].map(({ touched }) => touched))}`,
        ours: rounds[tool].map(({ againMs }) => againMs),
        unit: " ms",
      }),
    ),
    ...measureMany({ scratch, aiwg, quick }),
  ];
  return Promise.resolve(figures);
}
