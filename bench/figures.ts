// Numbers of a benchmark: medians, percentiles, lines of a table. Must not measure anything.

/** One line of the report. `ratio` is ours over the yardstick's, in the direction that the text says. */
export type Figure = { readonly what: string; readonly ours: string; readonly yardstick: string; readonly ratio: string };

/** The value below which the share `p` (0 to 1) of the samples lies; 0 without samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** A number with three significant digits, thousands separated. */
export function brief(n: number): string {
  return Number(n.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** A Markdown table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, ours, yardstick, ratio }) => `| ${what} | ${ours} | ${yardstick} | ${ratio} |`);
  return ["| what | aiwg | yardstick | ratio |", "|---|--:|--:|--:|", ...rows].join("\n");
}
