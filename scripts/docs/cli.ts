// docs/cli.md: every command with the help it prints, and what a person cannot read off it. Must not run a command.
import { COMMANDS } from "../../src/cli/app.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { DEFAULTS } from "../../src/mission/model.ts";
import { generatedFrom, markdownTable } from "./markdown.ts";

const EXITS: readonly (readonly [string, string])[] = [
  ["0", "ok"],
  ["1", "finished, but something listed is wrong"],
  ["2", "usage or configuration"],
  ["3", "not found"],
  ["4", "conflict: state, identity, a lock that another process holds"],
  ["5", "denied"],
  ["6", "unavailable: serve, executor, timeout"],
  ["7", "internal error (please report)"],
  ["10", "mission failed"],
  ["11", "mission waits for a person"],
  ["12", "a limit or budget stopped it"],
  ["13", "mission aborted"],
  ["130, 143", "SIGINT, SIGTERM"],
];

const INTRO = `Data goes to stdout, everything else to stderr. \`--json\` prints one object on stdout: \`{"schema": "aiwg.<thing>/1", "data": …}\`, or \`{"error": {code, message, hint}}\` (with \`errors: [{pointer, message}]\` where several places are wrong); codes stand in [errors.md](errors.md). Members may be added, never changed. Everything named \`attempt\` is the fence, which grows when a run begins and when it ends: it is no count of runs; \`mc status\` has it from serve while serve can be asked, else from the queue, which is one behind for ended missions. Ids may be shortened to a unique prefix. Durations are a whole number and a unit: \`500ms\`, \`30s\`, \`15m\`, \`2h\`, \`1d\`. \`--dry-run\`, on whatever writes, says what a command would do and does nothing.`;

const LINES = `## Lines of \`mc dispatch --from\`

One JSON object a line, one mission each; empty lines are passed over. \`objective\` is required. Its other members are

- **long flags of \`mc dispatch\`** with the value that would be typed: \`"check": "npm test"\`, \`"max-iterations": 3\`, \`"wall-clock": "20m"\`, \`"no-repo": true\`; \`check\`, \`needs\`, \`agent\`, \`after\` and \`secret\` also take a list; or
- **members of the dispatch body** (see [openapi.json](openapi.json)): \`mission_id\`, \`completion\`, \`long_running\`, \`executor_filter\`, \`workspace\`, \`agents\`, \`checks\`, \`limits\`, \`priority\`, \`on_lost\`, \`max_attempts\`, \`after\`, \`secrets\`, \`metadata\`.

\`\`\`
{"objective": "update the dependencies", "check": ["npm ci", "npm test"], "request-id": "deps-2026-11"}
{"objective": "write the changelog", "mission_id": "changelog-7", "agents": ["claude"], "limits": {"max_iterations": 2}}
{"objective": "release it", "after": ["changelog-7"], "on-lost": "hold"}
\`\`\`

Flags typed beside \`--from\` are defaults of every line. All lines are queued in one transaction or none is; all that is wrong is said in one go as \`FILE:line: message\` (twenty on a terminal and a count, all of it under \`--json\`), unknown members, members and ids that stand twice and missions that wait for each other included. A line with a \`mission_id\` or \`request-id\` that was queued before with the same content gives the same mission again, so a call that was cut may be repeated; what it waits for and the commit it starts from stay what they were the first time.

## What \`--after\` takes

One rule, on the command line and in files: a value that a known mission has, or that exactly one known mission begins with, is that mission; any other valid id is a whole one that is still to come.

- An id of the same file is itself. So is the id of a mission in the queue, purged ones too, though others begin with it. One that only serve knows is named by its whole id.
- A prefix is looked for in this project first, then in the whole queue, and what it stood for is said on stderr. One that several missions begin with is refused, with their ids; so is a session.
- An id that nobody knows is taken as it is, and stderr says that it is unknown here: the mission waits until one of that id comes and is done. To wait for \`build-1\` while \`build-10\` is known and \`build-1\` is not, queue \`build-1\` first or in the same file.
- A repeat (the same \`--request-id\` or \`mission_id\`) means what it meant the first time, whatever has become known since.

## How long ended missions stay

A mission that is done, failed or aborted is archived ${DEFAULTS.retentionDays} days after its end. \`serve.retention\` in your own \`aiwg.jsonc\` (in \`~/.config/aiwg/\`) says otherwise, for serve from its next start on:

\`\`\`
{"serve": {"retention": "90d"}}
\`\`\`

What is archived can still be read by its id, with its result and transcript (\`mc status\`, \`mc log\`), and still counts for what waits for it. It cannot be retried any more: queue it anew. Serve's list and counts of missions leave it out, and its events and questions are gone. A mission that another one still waits for is not archived before that one may start.

Nothing is deleted by itself: \`aiwg mc clean --purge\` deletes what ended long ago, and \`aiwg mc clean\` frees workspaces.
`;

async function helpOf(path: readonly string[]): Promise<string> {
  let text = "";
  let errors = "";
  const code = await runCli([...path, "--help"], {
    env: {},
    cwd: () => "/",
    stdout: { write: (part) => (text += part) },
    stderr: { write: (part) => (errors += part) },
    stdinTty: false,
    signals: { take: () => () => undefined },
  });
  return code === 0 ? text : errors;
}

// What every command's help ends with is said once.
const own = (help: string): string => help.slice(0, help.indexOf("\nEVERYWHERE\n")).trimEnd();

/** The page, in the order of the table of commands. */
export async function cliPage(): Promise<string> {
  const paths = Object.entries(COMMANDS).flatMap(([name, entry]) =>
    "routes" in entry ? Object.entries(entry.routes).map(([sub, { brief }]) => ({ path: [name, sub], brief })) : [{ path: [name], brief: entry.brief }],
  );
  const named = paths.filter(({ path }) => path[0] !== "home");
  const index = markdownTable(
    ["command", "what it does"],
    [["`aiwg`", "What is here and what next"], ...named.map(({ path, brief }) => [`[\`aiwg ${path.join(" ")}\`](#aiwg-${path.join("-")})`, brief])],
  );
  const everywhere = (await helpOf(["up"])).split("\nEVERYWHERE\n")[1] ?? "";
  const pages: string[] = [];
  for (const { path } of named) pages.push(`## aiwg ${path.join(" ")}\n\n\`\`\`\n${own(await helpOf(path))}\n\`\`\`\n`);
  return [
    `# Command line\n\n${generatedFrom("src/cli/")}\n\n${INTRO}\n`,
    index,
    `Everywhere:\n\n\`\`\`\n${everywhere.trimEnd()}\n\`\`\`\n`,
    `Exit codes:\n\n${markdownTable(["exit", "meaning"], EXITS)}`,
    LINES,
    ...pages,
  ].join("\n");
}
