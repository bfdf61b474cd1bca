// Numbers of a benchmark: medians, spreads, ratios of paired rounds, lines of a table. Must not measure anything.

/** One line of the report. `met` is null where nothing was asked for, or nothing could be measured. */
export type Figure = {
  readonly what: string;
  readonly ours: string;
  readonly yardstick: string;
  readonly ratio: string;
  readonly wanted: string;
  readonly met: boolean | null;
  /** Why nothing could be measured. */
  readonly failure?: string;
};

export type Wanted = { readonly atLeast: number } | { readonly atMost: number };

/** The value below which the share `p` (0 to 1) of the samples lies; 0 without samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
}

/** The middle sample; of an even number the mean of the two in the middle. 0 without samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}

/** A number with three significant digits, thousands separated. */
export function brief(n: number): string {
  return Number(n.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** The median with its unit and, of several samples, the least and the greatest. */
export function spread(samples: readonly number[], unit: string): string {
  const middle = `${brief(median(samples))}${unit}`;
  return samples.length < 2 ? middle : `${middle} [${brief(Math.min(...samples))}–${brief(Math.max(...samples))}]`;
}

function judge(value: number, wanted: Wanted | undefined): boolean | null {
  if (!wanted) return null;
  return "atLeast" in wanted ? value >= wanted.atLeast : value <= wanted.atMost;
}

const say = (wanted: Wanted | undefined, unit: string): string =>
  !wanted ? "" : "atLeast" in wanted ? `≥ ${brief(wanted.atLeast)}${unit}` : `≤ ${brief(wanted.atMost)}${unit}`;

/** Ours over the yardstick's, round by round: the median of the rounds' ratios is judged. */
export function ratioFigure(given: {
  readonly what: string;
  readonly ours: readonly number[];
  readonly yardstick: readonly number[];
  readonly unit: string;
  readonly wanted?: Wanted;
}): Figure {
  const { what, ours, yardstick, unit, wanted } = given;
  const ratios = ours.map((value, round) => value / (yardstick[round] ?? Number.NaN));
  const texts = { ours: spread(ours, unit), yardstick: spread(yardstick, unit), ratio: spread(ratios, "×") };
  return { what, ...texts, wanted: say(wanted, "×"), met: judge(median(ratios), wanted) };
}

/** A figure that has no yardstick but a bound; the median is judged. */
export function plainFigure(given: { readonly what: string; readonly ours: readonly number[]; readonly unit: string; readonly wanted?: Wanted }): Figure {
  const { what, ours, unit, wanted } = given;
  return { what, ours: spread(ours, unit), yardstick: "", ratio: "", wanted: say(wanted, unit), met: judge(median(ours), wanted) };
}

/** A line that says why it has no number. */
export function failedFigure(what: string, failure: string): Figure {
  return { what, ours: "", yardstick: "", ratio: "", wanted: "", met: null, failure };
}

const verdict = ({ met, failure }: Figure): string => (failure !== undefined ? "FAILED" : met === null ? "" : met ? "met" : "MISSED");

/** A Markdown table, and below it what failed. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => `| ${[figure.what, figure.ours, figure.yardstick, figure.ratio, figure.wanted, verdict(figure)].join(" | ")} |`);
  const failures = figures.flatMap(({ what, failure }) => (failure === undefined ? [] : [`- FAILED: ${what}: ${failure}`]));
  const lines = ["| what | aiwg | yardstick | ratio | wanted | |", "|---|--:|--:|--:|--:|---|", ...rows];
  return [...lines, ...(failures.length > 0 ? ["", ...failures] : [])].join("\n");
}
