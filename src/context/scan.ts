// Looks into artifacts for what a person would want to see before an agent does: hidden characters, orders to the agent in what is
// loaded by itself, secrets. A small table, no judgement. Pure; must not know where artifacts come from.
import { dirname } from "node:path/posix";
import { type Artifact, artifactId, type Diagnostic, type PartFile } from "./model.ts";
import { readFrontMatter } from "./parse/front-matter.ts";

type Pattern = { readonly what: string; readonly pattern: RegExp };

// Texts are looked at byte by byte (latin1): one byte a character is several times faster, and what is looked for is known in UTF-8.
const HIDDEN: readonly Pattern[] = [
  // The flags of England, Scotland and Wales are a black flag and tags.
  { what: "invisible tag characters, which agents read", pattern: /(?<!\xf0\x9f\x8f\xb4(?:\xf3\xa0\x81[\xa0-\xbe]){0,6})\xf3\xa0[\x80\x81][\x80-\xbf]/ },
  { what: "characters that change the direction of text, so that it reads as something else", pattern: /\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]/ },
  { what: "a run of characters without width", pattern: /(?:\xe2\x80[\x8b-\x8d]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf){3}/ },
  {
    what: "a run of variation selectors, which can carry hidden text",
    pattern: /(?:\xef\xb8[\x80-\x8f]){2}|(?:\xf3\xa0(?:[\x84-\x86][\x80-\xbf]|\x87[\x80-\xaf])){2}/,
  },
];

const ORDERS: readonly Pattern[] = [
  {
    what: "an order to ignore other instructions",
    pattern:
      /\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+)?(?:of\s+)?(?:the\s+|your\s+)?(?:previous|prior|above|earlier|other|system)\s+(?:instructions|prompts?|rules|directives|guidelines)\b/i,
  },
  {
    what: "an order to hide something from the user",
    pattern:
      /\b(?:do\s+not|don't|never)\s+(?:tell|inform|notify|alert|mention\s+(?:this|it)\s+to|reveal\s+(?:this|it)\s+to|show\s+(?:this|it)\s+to)\s+the\s+user\b/i,
  },
  {
    what: "a mark that some models take for a message of the system",
    pattern: /<\|(?:im_start|system|start_header_id)\|>|<\/?system(?:-reminder)?>|\[INST\]/i,
  },
  { what: "an order to download a program and run it", pattern: /\b(?:curl|wget)\b[^\n|]{1,200}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/ },
  {
    what: "an order to send secrets away",
    pattern:
      /\b(?:send|post|upload|exfiltrate|forward)\b[^\n]{0,80}(?:api[ _-]?keys?|credentials|secrets|access tokens|\.env\b|private keys?|\.ssh\b)[^\n]{0,80}https?:\/\//i,
  },
];

const SECRETS: readonly Pattern[] = [
  { what: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\n)+[A-Za-z0-9+/=]{32}/ },
  { what: "a key of AWS", pattern: /\bAKIA(?![A-Z0-9]*EXAMPLE)[0-9A-Z]{16}\b/ },
  { what: "a token of GitHub", pattern: /\bgh[pousr]_(?!(\w)\1{9})[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{60}/ },
  { what: "a token of GitLab", pattern: /\bglpat-(?!(\w)\1{9})[\w-]{20}/ },
  { what: "a token of Slack", pattern: /\bxox[abprs]-[0-9]{6,}-[A-Za-z0-9-]{20}/ },
  { what: "a key of Google", pattern: /\bAIza(?!(\w)\1{9})[\w-]{35}/ },
  { what: "a key of Anthropic or OpenAI", pattern: /\bsk-(?:ant-[\w-]{24}|proj-[\w-]{24}|(?!(\w)\1{9})[A-Za-z0-9]{32})/ },
  { what: "a token of npm", pattern: /\bnpm_(?!(\w)\1{9})[A-Za-z0-9]{36}/ },
  { what: "a key of Stripe", pattern: /\b[rs]k_live_[A-Za-z0-9]{20}/ },
];

// Most texts have nothing of it: these find that out in one pass each.
const MAYBE_HIDDEN = /\xf3\xa0|\xe2\x80[\x8b-\x8d\xaa-\xae]|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf\xef|\xef\xb8[\x80-\x8f]\xef/;
const MAYBE_SECRET = /PRIVATE KEY-|AKIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AIza|sk-(?:ant-|proj-|\w{32})|npm_\w{36}|k_live_/;
const ANY_ORDER = new RegExp(ORDERS.map(({ pattern }) => pattern.source).join("|"), "i");

/** `lineOf` gives the line in the file of what a pattern finds, where the text is not the file's; null where that is not known. */
type Text = { readonly path: string; readonly text: string; readonly lineOf?: (pattern: RegExp) => number | null };

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

// Line of what a pattern finds in a description, from the file that it stands in: its own where it is written as it reads, else the key's.
function lineInDescription(file: string, pattern: RegExp): number {
  const front = readFrontMatter(Buffer.from(file, "latin1").toString("utf8"));
  const first = "fault" in front ? 1 : front.lineOf("description");
  const [key = "", ...more] = file.split("\n").slice(first - 1);
  const end = more.findIndex((line) => /^[^\s#]/.test(line));
  const said = [key, ...(end === -1 ? more : more.slice(0, end))].join("\n");
  const found = pattern.exec(said);
  return found ? first - 1 + lineAt(said, found.index) : first;
}

function find({ path, text, lineOf }: Text, patterns: readonly Pattern[], artifact: string): Diagnostic[] {
  return patterns.flatMap(({ what, pattern }) => {
    const found = pattern.exec(text);
    if (!found) return [];
    const line = lineOf === undefined ? lineAt(text, found.index) : lineOf(pattern);
    return [{ severity: "warn", path, line, message: `holds ${what}; look at it before an agent does`, artifact, risk: true } as const];
  });
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, 8_000).includes(0);

function filesOf(artifact: Artifact): readonly Text[] {
  const from = artifact.from.replace(/:\d+$/, "");
  const inFolder = ({ path, bytes }: PartFile): Text => ({ path: `${dirname(from)}/${path}`, text: isText(bytes) ? latin1(bytes) : "" });
  if (artifact.kind === "mcp") return [{ path: from, text: latin1(Buffer.from(JSON.stringify(artifact.entry ?? artifact.transport))) }];
  if (artifact.kind === "skill") return artifact.files.map(inFolder);
  const { bytes } = artifact;
  const main: Text = bytes
    ? { path: from, text: latin1(bytes) }
    : { path: from, text: latin1(Buffer.from("body" in artifact ? artifact.body : "")), lineOf: () => null };
  return artifact.kind === "behavior" ? [main, ...artifact.files.map(inFolder)] : [main];
}

// What an agent has before it that nobody asked for: whole rules, and what else is called and is for.
function loadedOf(artifact: Artifact, files: readonly Text[]): Text | undefined {
  if (artifact.kind === "rule") return files[0];
  if (artifact.kind === "mcp" || artifact.description === null) return undefined;
  const main = files.find(({ path }) => path === artifact.from);
  const lineOf = main && (main.lineOf ?? ((pattern: RegExp) => lineInDescription(main.text, pattern)));
  return { path: artifact.from, text: artifact.description, ...(lineOf && { lineOf }) };
}

/** What was found, as warnings marked as a risk: of each kind the first in each file. */
export function scanArtifacts(artifacts: readonly Artifact[]): readonly Diagnostic[] {
  return artifacts.flatMap((artifact) => {
    const id = artifactId(artifact);
    const files = filesOf(artifact);
    const loaded = loadedOf(artifact, files);
    const at = artifact.kind === "mcp" ? Number(/:(\d+)$/.exec(artifact.from)?.[1] ?? 1) : null;
    const found = [
      ...files.filter(({ text }) => MAYBE_HIDDEN.test(text)).flatMap((file) => find(file, HIDDEN, id)),
      ...files.filter(({ text }) => MAYBE_SECRET.test(text)).flatMap((file) => find(file, SECRETS, id)),
      ...(loaded && ANY_ORDER.test(loaded.text) ? find(loaded, ORDERS, id) : []),
    ];
    // An entry stands in one line of ours, but where it is defined in the file is known.
    return at === null ? found : found.map((one) => ({ ...one, line: at }));
  });
}
