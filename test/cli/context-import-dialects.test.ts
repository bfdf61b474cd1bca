// Files as people have them in each client's own words, at least one for every dialect: taken over without a byte changed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ScopeName } from "../../src/context/platform.ts";
import { type Ground, makeGround } from "./context-rig.ts";

/** `own`: what files of our bundle say then. */
type Case = {
  readonly scope?: ScopeName;
  readonly files: Readonly<Record<string, string>>;
  readonly taken: readonly string[];
  readonly notes?: readonly RegExp[];
  readonly own?: Readonly<Record<string, RegExp>>;
};

const SKILL = "---\nname: pdf\ndescription: makes pdf\n---\nDo.\n";
const json = (value: unknown): string => `${JSON.stringify(value, null, 4)}\n`;

const CASES: Readonly<Record<string, readonly Case[]>> = {
  amp: [
    {
      files: {
        ".amp/settings.json": '{\n  // mine\n  "amp.mcpServers": { "db": { "command": "db", "args": ["${HOME}"] } },\n}\n',
        ".agents/skills/pdf/SKILL.md": SKILL,
      },
      taken: ["skill/pdf", "mcp/db"],
    },
  ],
  "antigravity-cli": [
    {
      files: {
        ".agents/rules/often.md": "---\ntrigger: always_on # mine\n---\nBe kind.",
        ".agents/agents/scout.md": "---\nname: scout\ndescription: Scouts\ntools:\n  - find_by_name\n  - view_file\nmodel: flash\n---\n\nLook.\n",
        ".agents/workflows/ship.md": "---\ndescription: Ships\n---\nShip it.\n",
        ".agents/mcp_config.json": json({ mcpServers: { net: { serverUrl: "https://x.invalid" }, off: { command: "x", disabled: true } } }),
      },
      taken: ["rule/often", "agent/scout", "command/ship", "mcp/net", "mcp/off"],
    },
  ],
  augment: [
    {
      files: {
        ".augment/rules/often.md": "---\ntype: always_apply\n---\n\n\nBe kind.\n",
        ".augment/rules/asked.md": "---\ntype: agent_requested\ndescription: When releasing\n---\n\nTag it.\n",
        ".augment/agents/scout.md": "---\nname: scout\ndescription: Scouts\ncolor: blue\n---\nLook.\n",
        ".augment/commands/fix.md": '---\ndescription: Fixes\nargument-hint: "[n]"\n---\nFix $ARGUMENTS\n',
        ".augment/settings.json": json({ mcpServers: { db: { command: "db" } }, theme: "dark" }),
      },
      taken: ["rule/asked", "rule/often", "agent/scout", "command/fix", "mcp/db"],
    },
  ],
  "claude-code": [
    {
      files: {
        ".claude/rules/web.md": "---\npaths: ['*.ts']\n---\nWeb.",
        ".mcp.json": json({ mcpServers: { db: { type: "stdio", command: "db", args: [], env: {} } } }),
        ".claude/settings.json": json({ hooks: { Stop: [{ hooks: [{ type: "command", command: "say done" }] }] } }),
      },
      taken: ["rule/web", "mcp/db"],
      notes: [/\.claude\/settings\.json: stays as it is: its hooks call programs in the client's own way/],
    },
  ],
  cline: [
    {
      files: {
        ".cline/rules/often.md": "Be kind.\n",
        ".cline/rules/web.md": '---\npaths: ["*.ts"]\n---\nWeb.\n',
        ".cline/agents/scout.yaml": "---\nname: scout\ndescription: Scouts\nmodelId: vendor/x\n---\n\nLook.\n",
        ".clinerules/workflows/ship.md": "Ship it.\n",
      },
      taken: ["rule/web", "agent/scout", "command/ship"],
      notes: [/often\.md: stays as it is: a deploy would write rule\/often at another place/],
    },
    {
      scope: "user",
      files: {
        ".cline/data/settings/cline_mcp_settings.json": json({ mcpServers: { net: { type: "streamableHttp", url: "https://x.invalid", autoApprove: ["a"] } } }),
      },
      taken: ["mcp/net"],
    },
  ],
  codex: [
    {
      files: {
        ".codex/agents/planner.toml":
          'name = "planner"\ndescription = "plans"\ndeveloper_instructions = """\nPlan \\\\ well.\n"""\nsandbox_mode = "read-only"\n',
        ".codex/config.toml": '[mcp_servers.mine]\ncommand = "x"\n',
        "AGENTS.md": "Mine.\n",
      },
      taken: ["agent/planner"],
      notes: [/AGENTS\.md: stays as it is: a deploy adds marked blocks/, /config\.toml: stays as it is: server "mine": it stands in a table of yours/],
    },
    { scope: "user", files: { ".codex/prompts/fix.md": "---\ndescription: Fixes\n---\nFix $ARGUMENTS" }, taken: ["command/fix"] },
  ],
  "copilot-cli": [
    {
      files: {
        ".github/instructions/web.instructions.md": "---\napplyTo: '*.ts,*.tsx'\n---\nWeb.\n",
        ".github/agents/scout.agent.md": "---\ndescription: Scouts\ntools: [read, search]\n---\nScout.\n",
        ".github/mcp.json": json({ mcpServers: { db: { command: "db", env: { KEY: "${KEY}" } } } }),
      },
      taken: ["rule/web", "agent/scout", "mcp/db"],
    },
  ],
  "copilot-vscode": [
    {
      files: {
        ".github/prompts/ask.prompt.md": "---\ndescription: Asks\nagent: agent\n---\n\nAsk ${input:arguments}.\n",
        ".github/agents/files.agent.md": "---\nname: files\ndescription: Files\ntools:\n  - docs/*\n  - edit\n---\n\nFile.\n",
        ".vscode/mcp.json": json({
          servers: { db: { type: "stdio", command: "db", env: { KEY: "${env:KEY}" } }, asks: { command: "a", args: ["${input:k}"] } },
        }),
      },
      taken: ["agent/files", "command/ask", "mcp/db"],
      own: { "agents/files.md": /^tools: \["mcp__docs", "Write", "Edit"\]$/m, "commands/ask.md": /Ask \$ARGUMENTS\./ },
      notes: [/\.vscode\/mcp\.json:\d+: stays as it is: server "asks": it asks its user, or a file, for a value/],
    },
  ],
  cursor: [
    {
      files: {
        ".cursor/rules/often.mdc": "---\ndescription: \nglobs: \nalwaysApply: true\n---\n\nBe kind.",
        ".cursor/rules/web.mdc": "---\r\nglobs: *.ts,*.tsx\r\nalwaysApply: false\r\n---\r\nWeb.\r\n",
        ".cursor/rules/quoted.mdc": '---\nglobs: "*.ts,*.tsx"\nalwaysApply: false\n---\nWeb.\n',
        ".cursor/rules/asked.mdc": "---\ndescription: When releasing\nalwaysApply: false\n---\nTag it.\n",
        ".cursor/rules/manual.mdc": "---\nalwaysApply: false\n---\nBy hand.\n",
        ".cursor/agents/reader.md": "---\nname: reader\ndescription: Reads\nreadonly: true\n---\n\nRead.\n",
        ".cursor/commands/go.md": "Go!",
        ".cursor/mcp.json": json({
          mcpServers: { db: { type: "stdio", command: "db", args: ["${env:DIR}"], envFile: ".env" }, odd: { command: "x", cwd: "/" } },
        }),
      },
      taken: ["rule/asked", "rule/often", "rule/web", "agent/reader", "command/go", "mcp/db"],
      own: {
        "rules/asked.md": /^---\ndescription: When releasing\nalwaysApply: false\n/,
        "agents/reader.md": /^tools: \["Read", "LS", "Grep", "Glob", "WebFetch", "WebSearch"\]$/m,
        "mcp.json": /"args": \[\s*"\$\{DIR\}"/,
      },
      notes: [
        /manual\.mdc: stays as it is: it does not say when it is loaded/,
        /quoted\.mdc: stays as it is: a deploy would write \.cursor\/rules\/quoted\.mdc in other words/,
        /\.cursor\/mcp\.json:\d+: stays as it is: a deploy would write \.cursor\/mcp\.json in other words \(cwd: has no meaning here\)/,
      ],
    },
  ],
  factory: [
    {
      files: {
        ".factory/droids/scout.md": "---\nname: scout\ndescription: Scouts\ntools: [Read, Execute, Create]\n---\nLook.\n",
        ".factory/commands/fix.md": "---\ndescription: Fixes\n---\nFix $ARGUMENTS\n",
        ".factory/mcp.json": json({ mcpServers: { net: { type: "http", url: "https://x.invalid", headers: { A: "Bearer ${KEY}" }, disabled: true } } }),
      },
      taken: ["agent/scout", "command/fix", "mcp/net"],
    },
  ],
  "gemini-cli": [
    {
      files: {
        ".gemini/agents/scout.md": "---\nname: scout\ndescription: Scouts\nkind: local\ntools:\n  - glob\n  - read_file\nmodel: gemini-x\n---\n\nLook.\n",
        ".gemini/commands/fix.toml": 'description = "Fixes"\nprompt = """\nFix {{args}}.\n"""\n',
        ".gemini/settings.json": json({ mcpServers: { net: { httpUrl: "https://x.invalid", trust: true }, sse: { url: "https://y.invalid" } } }),
      },
      taken: ["agent/scout", "command/fix", "mcp/net", "mcp/sse"],
      own: { "agents/scout.md": /^tools: \["Glob", "Read"\]$/m, "commands/fix.md": /\nFix \$ARGUMENTS\.\n$/, "mcp.json": /"type": "sse"/ },
    },
  ],
  goose: [
    {
      files: {
        ".goose/agents/scout.md": "---\nname: scout\ndescription: Scouts\n---\nLook.\n",
        ".goose/recipes/ship.yaml": "version: 1.0.0\ntitle: ship\ndescription: Ships\nprompt: |\n  Ship it.\n",
        ".goose/recipes/asks.yaml": "version: 1.0.0\ntitle: asks\nprompt: x\nparameters:\n  - key: file\n    input_type: string\n",
      },
      taken: ["agent/scout", "command/ship"],
      notes: [/asks\.yaml: stays as it is: it has parameters, of which commands of ours have one/],
    },
    {
      scope: "user",
      files: {
        ".config/goose/config.yaml":
          '# mine\nGOOSE_MODEL: x\nextensions:\n  db:\n    name: db\n    type: stdio\n    cmd: db\n    args: ["-x"]\n    enabled: true\n  developer:\n    type: builtin\n    enabled: true\n',
      },
      taken: ["mcp/db"],
      notes: [/config\.yaml: stays as it is: server "developer": it is neither a program nor a URL/],
    },
  ],
  "grok-build": [
    {
      files: {
        ".grok/agents/scout.md": "---\nname: scout\ndescription: Scouts\n---\nLook.\n",
        ".grok/commands/fix.md": "Fix $ARGUMENTS\n",
        ".grok/hooks/mine.json": "{}",
        ".grok/config.toml": '[mcp_servers.mine]\ncommand = "x"\n',
      },
      taken: ["agent/scout", "command/fix"],
      notes: [/hooks\/mine\.json: stays as it is: its hooks call programs/, /config\.toml: stays as it is: server "mine"/],
    },
  ],
  hermes: [
    { files: { ".hermes/skills/pdf/SKILL.md": SKILL }, taken: ["skill/pdf"] },
    { scope: "user", files: { ".hermes/config.yaml": "mcp_servers:\n  db:\n    command: db\n    connect_timeout: 5\n" }, taken: ["mcp/db"] },
  ],
  junie: [
    {
      files: {
        ".junie/agents/scout.md": '---\nname: scout\ndescription: Scouts\ntools: ["Read", "Grep"]\n---\nLook.\n',
        ".junie/commands/ship.md": "---\ndescription: Ships\n---\n\nShip (the arguments that were given with the command).\n",
        ".junie/mcp/mcp.json": json({ mcpServers: { db: { command: "db" } } }),
      },
      taken: ["agent/scout", "command/ship", "mcp/db"],
    },
  ],
  kilo: [
    {
      files: {
        ".kilo/commands/fix.md": "---\ndescription: Fixes\nsubtask: true\n---\nFix $ARGUMENTS",
        "kilo.jsonc": '{ "mcp": { /* mine */ "net": { "type": "remote", "url": "https://x.invalid/{env:TEAM}", "enabled": false } } }',
      },
      taken: ["command/fix", "mcp/net"],
    },
  ],
  "kiro-cli": [
    {
      files: {
        ".kiro/steering/web.md": '---\ninclusion: fileMatch\nfileMatchPattern:\n  - "*.ts"\n---\n\nWeb.\n',
        ".kiro/agents/scout.json": `${JSON.stringify({ name: "scout", description: "Scouts", prompt: "Look.\n", tools: ["@docs/find", "shell", "write"] }, null, 2)}\n`,
        ".kiro/agents/free.json": `${JSON.stringify({ name: "free", description: "Free", prompt: "Go.\n", tools: ["*"], model: "x" }, null, 2)}\n`,
        ".kiro/agents/asks.json": json({ name: "asks", prompt: "file://./p.md" }),
        ".kiro/prompts/ship.md": "Ship it.\n",
        ".kiro/settings/mcp.json": json({ mcpServers: { db: { command: "db", autoApprove: ["q"] } } }),
      },
      taken: ["agent/free", "agent/scout", "command/ship", "mcp/db"],
      own: {
        "agents/scout.md": /^tools: \["mcp__docs__find", "Bash", "Write", "Edit"\]$/m,
        "agents/free.md": /^---\nname: "free"\ndescription: "Free"\nmodel: "x"\n---\n/,
      },
      notes: [/asks\.json: stays as it is: it has no prompt of its own/, /web\.md: stays as it is: a deploy would write .* in other words/],
    },
  ],
  "kiro-ide": [
    {
      files: {
        ".kiro/steering/often.md": "---\ninclusion: always\n---\nBe kind.",
        ".kiro/steering/web.md": "---\ninclusion: fileMatch\nfileMatchPattern:\n  - '*.ts'\n---\n\nWeb.\n",
        ".kiro/steering/asked.md": "---\ninclusion: auto\nname: asked\ndescription: When releasing\n---\n\nTag it.\n",
        ".kiro/agents/scout.md": "---\nname: scout\ndescription: Scouts\ntools:\n  - shell\n  - web\n---\n\nLook.\n",
      },
      taken: ["rule/asked", "rule/often", "rule/web", "agent/scout"],
    },
  ],
  muse: [
    { scope: "user", files: { ".config/muse/settings.json": json({ schema_version: 1, mcp_servers: { db: { command: "db" } } }) }, taken: ["mcp/db"] },
    {
      scope: "user",
      files: { ".config/muse/settings.json": json({ mcp_servers: { db: { command: "db" } } }) },
      taken: [],
      notes: [/a deploy would also write \.config\/muse\/settings\.json; --share/],
    },
  ],
  openclaw: [
    { scope: "user", files: { ".openclaw/openclaw.json": "{ mcp: { servers: {} } }" }, taken: [], notes: [/openclaw\.json:1: stays as it is: not valid JSON/] },
    { scope: "user", files: { ".openclaw/openclaw.json": json({ mcp: { servers: { db: { command: "db", cwd: "/x" } } } }) }, taken: ["mcp/db"] },
  ],
  opencode: [
    {
      files: {
        ".opencode/agents/free.md": "---\ndescription: Free\nmode: primary # mine\n---\nGo.",
        ".opencode/agents/scout.md": "---\ndescription: Scouts\nmode: subagent\ntools:\n  '*': false\n  glob: true\n  read: true\n---\n\nLook.\n",
        ".opencode/agents/open.md": "---\ndescription: Open\nmode: subagent\ntools:\n  write: false\n---\n\nLook.\n",
        ".opencode/commands/test.md": "---\ndescription: tests\n---\nRun $ARGUMENTS\n",
        "opencode.jsonc": '{ "mcp": { "db": { "type": "local", "command": ["db", "-x"], "environment": { "A": "{env:B}" }, "enabled": true } } }',
      },
      taken: ["agent/free", "agent/scout", "command/test", "mcp/db"],
      own: { "agents/free.md": /^mode: primary # mine$/m, "agents/scout.md": /^tools: \["Glob", "Read"\]$/m, "mcp.json": /"A": "\$\{B\}"/ },
      notes: [/open\.md: stays as it is: its tools are limited in a way that agents of ours cannot say/],
    },
  ],
  pi: [{ files: { ".pi/prompts/fix.md": "---\ndescription: Fixes\n---\nFix $ARGUMENTS\n" }, taken: ["command/fix"] }],
  "qwen-code": [
    {
      files: {
        ".qwen/rules/web.md": "---\ndescription: Web\npaths: ['*.ts']\n---\nWeb.\n",
        ".qwen/agents/scout.md": "---\nname: scout\ndescription: Scouts\ntools:\n  - mcp__docs__find\n  - run_shell_command\n---\n\nLook.\n",
        ".qwen/commands/fix.md": "---\ndescription: Fixes\n---\n\nFix {{args}}.\n",
        ".qwen/settings.json": json({ mcpServers: { db: { command: "db", includeTools: ["q"] } } }),
      },
      taken: ["rule/web", "agent/scout", "command/fix", "mcp/db"],
    },
  ],
  roo: [
    {
      files: {
        ".roo/rules/often.md": "Be kind.",
        ".roo/commands/ship.md": "---\ndescription: Ships\nmode: code\n---\nShip it.\n",
        ".roo/mcp.json": json({
          mcpServers: { net: { type: "streamable-http", url: "https://x.invalid", alwaysAllow: [] }, sse: { type: "sse", url: "https://y.invalid" } },
        }),
      },
      taken: ["rule/often", "command/ship", "mcp/net", "mcp/sse"],
    },
  ],
  warp: [{ files: { ".warp/.mcp.json": json({ mcpServers: { db: { command: "db", timeout: 5 } } }) }, taken: ["mcp/db"] }],
  windsurf: [
    {
      files: {
        ".windsurf/rules/web.md": "---\ntrigger: glob\nglobs: '*.ts, *.tsx'\n---\nWeb.",
        ".windsurf/rules/bare.md": "---\ntrigger: glob\nglobs: *.py\n---\n\nPython.\n",
        ".windsurf/rules/asked.md": "---\ntrigger: model_decision\ndescription: When releasing\n---\n\nTag it.\n",
        ".windsurf/rules/tight.md": "---\ntrigger: model_decision\ndescription: When releasing\n---\nTag it.\n",
        ".devin/agents/scout/AGENT.md": "---\nname: scout\ndescription: Scouts\n---\nLook.\n",
        ".windsurf/workflows/ship.md": "---\ndescription: Ships\n---\nShip it.\n",
        ".devin/config.json": json({ mcpServers: { net: { url: "https://x.invalid/${TEAM}" } } }),
      },
      taken: ["rule/asked", "rule/bare", "rule/web", "agent/scout", "command/ship", "mcp/net"],
      own: { "rules/asked.md": /^alwaysApply: false$/m, "rules/web.md": /^trigger: glob$/m },
      notes: [/tight\.md: stays as it is: a deploy would write \.windsurf\/rules\/tight\.md in other words/],
    },
    {
      scope: "user",
      files: { ".codeium/windsurf/mcp_config.json": json({ mcpServers: { net: { serverUrl: "https://x.invalid", headers: { A: "${env:KEY}" } } } }) },
      taken: ["mcp/net"],
    },
  ],
  zed: [
    {
      files: { ".zed/settings.json": '// mine\n{ "context_servers": { "db": { "command": "db" }, "odd": { "command": "x", "args": ["${HOME}"] } } }\n' },
      taken: ["mcp/db"],
      notes: [/server "odd": what looks like a variable in it is text to this client, and none to others/],
    },
  ],
};

type Told = { readonly imported: readonly { readonly artifact: string }[]; readonly notes: readonly string[] };

const putAll = ({ put }: Ground, files: Readonly<Record<string, string>>): void => Object.entries(files).forEach(([path, text]) => put(path, text));

const cases = Object.entries(CASES).flatMap(([platform, list]) =>
  list.map((one, i) => [`${platform} ${one.scope ?? "project"} ${i + 1}`, platform, one] as const),
);

describe("what a person has for one client", () => {
  test.each(cases)("is taken over byte for byte, or told why not: %s", async (_, platform, { scope = "project", files, taken, notes = [], own = {} }) => {
    const ground = makeGround(scope, {});
    putAll(ground, files);
    const before = ground.picture(true);
    const { code, data } = (await ground.json("import", platform, "--yes")) as { code: number | null; data: Told };
    expect([...data.imported.map(({ artifact }) => artifact), ...data.notes]).toEqual([...taken, ...notes.map((note): unknown => expect.stringMatching(note))]);
    expect(code).toBe(0);
    expect(ground.picture(true)).toEqual(before);
    for (const [path, said] of Object.entries(own)) expect(readFileSync(join(ground.own, path), "utf8")).toMatch(said);
    if (taken.length === 0) return;
    expect(await ground.run("deploy")).toMatchObject({ code: 0, stdout: "" });
    expect(ground.picture(true)).toEqual(before);
  });

  test("of several is one artifact where they say the same, and stays where they do not", async () => {
    const ground = makeGround("project", {});
    putAll(ground, {
      ".claude/rules/web.md": "---\npaths: [src/**]\n---\nBe kind.",
      ".cursor/rules/web.mdc": "---\nglobs: src/**\nalwaysApply: false\n---\n\nBe kind.\n",
      ".mcp.json": json({ mcpServers: { db: { command: "db", env: { K: "${K}" } }, net: { type: "http", url: "https://x.invalid" } } }),
      ".cursor/mcp.json": json({ mcpServers: { db: { type: "stdio", command: "db", env: { K: "${env:K}" } }, net: { url: "https://y.invalid" } } }),
    });
    const before = ground.picture(true);
    const { code, data } = (await ground.json("import", "--yes")) as { code: number | null; data: Told };
    expect(data.imported.map(({ artifact }) => artifact)).toEqual(["rule/web", "mcp/db"]);
    expect(data.notes).toEqual([
      expect.stringMatching(/^\.cursor\/mcp\.json:\d+: stays as it is: there is another mcp\/net at \.mcp\.json/),
      expect.stringMatching(/^\.mcp\.json:\d+: stays as it is: a deploy would also write \.cursor\/mcp\.json/),
    ]);
    expect(code).toBe(0);
    expect(ground.picture(true)).toEqual(before);
    expect(await ground.run("deploy")).toMatchObject({ code: 0, stdout: "" });
    expect(ground.picture(true)).toEqual(before);
  });
});
