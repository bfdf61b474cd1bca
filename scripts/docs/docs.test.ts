import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ERRORS } from "../../src/core/errors.ts";
import { DEFAULTS } from "../../src/mission/model.ts";
import { routeTable } from "../../src/serve/routes/table.ts";
import { cliPage } from "./cli.ts";
import { configSchema } from "./config-schema.ts";
import { errorsPage } from "./errors.ts";
import { markdownTable } from "./markdown.ts";
import { rolesPage } from "./roles.ts";
import { findStalePages } from "./stale.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a page is stale when its file is missing or says something else", async () => {
  writeFileSync(join(dir, "same.md"), "same");
  writeFileSync(join(dir, "old.md"), "old");
  const pages = ["same", "old", "new"].map((name) => ({ path: `${name}.md`, generate: () => (name === "old" ? "newer" : name) }));
  expect(await findStalePages(pages, dir)).toEqual([
    { path: "old.md", text: "newer" },
    { path: "new.md", text: "new" },
  ]);
});

test("every route and every error code has its row", () => {
  const roles = rolesPage();
  for (const { method, path } of routeTable()) expect(roles).toContain(`| \`${method} ${path}\` |`);
  const errors = errorsPage();
  for (const [code, { status, exit }] of Object.entries(ERRORS)) expect(errors).toContain(`| \`${code}\` | ${status} | ${exit} |`);
});

test("the pages that say which Node is needed say what the package says", () => {
  const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { engines: { node: string } };
  for (const page of ["README.md", "docs/library.md", "docs/decisions/0001-node-range.md"])
    expect(readFileSync(new URL(`../../${page}`, import.meta.url), "utf8")).toContain(`\`${engines.node}\``);
});

test("how long ended missions stay is said where people and editors read it", async () => {
  const days = DEFAULTS.retentionDays;
  expect(await cliPage()).toMatch(new RegExp(`archived ${days} days after its end[^]*"retention"[^]*cannot be retried`));
  expect(readFileSync(new URL("../../README.md", import.meta.url), "utf8")).toContain(`archived after ${days} days (\`serve.retention\`)`);
  const { properties } = JSON.parse(configSchema()) as { properties: { serve: { properties: Record<string, { description?: string }> } } };
  expect(properties.serve.properties["retention"]?.description).toMatch(new RegExp(`${days}d \\(the default\\).*neither retried`));
});

test("a cell cannot break its table", () => {
  expect(markdownTable(["a"], [["x|y\nz"]])).toBe("| a |\n| --- |\n| x\\|y z |\n");
});
