// The rules of CONTRIBUTING.md that no linter of ours can express, as a pure function of file texts.
// Must not read the disk.

/** A file of the repository, its path relative to the root with forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string };

const MAX_LINES = 400;
const MAX_MEDIAN = 90;

const isTest = (path: string): boolean => path.endsWith(".test.ts") || path.endsWith(".suite.ts");

function lineCount(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

function headerLines(text: string): number {
  const lines = text.split("\n");
  if (lines[0]?.startsWith("#!")) lines.shift();
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return end === -1 ? lines.length : end;
}

type LineRule = { readonly pattern: RegExp; readonly fault: string; readonly appliesTo: (path: string) => boolean };
// A program's own file is never imported, so its state is the process's.
const isProgram = (path: string): boolean => /(?:^|[/-])main\.ts$/.test(path);
const inSrc = (path: string): boolean => path.startsWith("src/") && !isTest(path);
const LINE_RULES: readonly LineRule[] = [
  { pattern: /throw new (?:\w*Error)\b(?<!AiwgError)/, fault: "throws another error than AiwgError", appliesTo: inSrc },
  { pattern: /\bas unknown as\b/, fault: "casts through unknown", appliesTo: () => true },
  { pattern: /^(?:export )?let /, fault: "holds mutable state at module level", appliesTo: (path) => inSrc(path) && !isProgram(path) },
  { pattern: /^export \* from/, fault: "is a barrel", appliesTo: inSrc },
  { pattern: /\b(?:[T]ODO|[F]IXME|[X]XX)\b/, fault: "leaves work for later", appliesTo: () => true },
  { pattern: /(?:oxlint|eslint)-disable(?!.* -- \S)/, fault: "disables a lint rule without a reason after --", appliesTo: () => true },
];
const BAD_NAME = /(?:^|[/-])(?:utils?|helpers?|managers?|services?)(?:[.-]|\/|$)/;

function faultsOf({ path, text }: SourceFile): string[] {
  const faults: string[] = [];
  const lines = lineCount(text);
  if (lines > MAX_LINES) faults.push(`${path}: ${lines} lines; at most ${MAX_LINES}`);
  if (BAD_NAME.test(path) || !/^[a-z0-9./-]+$/.test(path)) faults.push(`${path}: name a file in kebab-case for its one thing`);
  const header = headerLines(text);
  if (!isTest(path) && (header < 1 || header > 3)) faults.push(`${path}: begins with ${header} comment lines; 1 to 3 say what it is for and must not know`);
  for (const [i, line] of text.split("\n").entries()) {
    for (const rule of LINE_RULES) {
      if (rule.appliesTo(path) && rule.pattern.test(line)) faults.push(`${path}:${i + 1}: ${rule.fault}`);
    }
  }
  return faults;
}

/** The middle of the line counts of what ships; tests are not counted. */
export function medianLines(files: readonly SourceFile[]): number {
  const counts = files
    .filter((file) => inSrc(file.path))
    .map((file) => lineCount(file.text))
    .toSorted((a, b) => a - b);
  return counts[Math.floor((counts.length - 1) / 2)] ?? 0;
}

/** Every broken rule as one line `path[:line]: what`; empty when all is well. */
export function findHouseFaults(files: readonly SourceFile[]): string[] {
  const median = medianLines(files);
  return [...files.flatMap(faultsOf), ...(median > MAX_MEDIAN ? [`src: the median file has ${median} lines; at most ${MAX_MEDIAN}`] : [])];
}
