// Numbers as Prometheus text (exposition format 0.0.4). Pure; must not know where they come from.

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number };
export type Metric = { readonly name: string; readonly type: "gauge" | "counter"; readonly help: string; readonly samples: readonly Sample[] };

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

function line(name: string, { labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
}

/** The whole page. `help` must be one line. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, type, help, samples }) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => line(name, sample)).join("")}`)
    .join("");
}
