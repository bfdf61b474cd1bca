import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Config, loadConfig } from "./config.ts";
import { placesOf } from "./paths.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  mkdirSync(join(dir, "project", ".aiwg"), { recursive: true });
  mkdirSync(join(dir, "home", "config"), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const user = (text: string): void => writeFileSync(join(dir, "home", "config", "aiwg.jsonc"), text);
const project = (text: string): void => writeFileSync(join(dir, "project", ".aiwg", "aiwg.jsonc"), text);
const load = (env: Record<string, string> = {}): Config =>
  loadConfig({ places: placesOf({ AIWG_HOME: join(dir, "home") }), root: join(dir, "project"), env, cwd: join(dir, "project") });

test("without any file every section is empty", () => {
  expect(load()).toEqual({ serve: {}, executor: {}, bridge: {}, mission: {}, agents: {} });
});

test("a variable wins over the project, the project over the user, key by key", () => {
  user(`{ // mine\n "serve": {"port": 7000, "lease_ttl": "5s"}, "mission": {"agents": ["claude"], "max_iterations": 9, "wall_clock": "1h"},}`);
  project(`{"$schema": "https://example.invalid/aiwg.json", "mission": {"agents": ["a"], "max_iterations": 3}}`);
  expect(load({ AIWG_AGENT: "x, y", AIWG_SERVE_PORT: "0" })).toMatchObject({
    serve: { port: 0, lease_ttl: "5s" },
    mission: { agents: ["x", "y"], max_iterations: 3, wall_clock: "1h" },
  });
});

test("an unknown key is an error with file, line and the key that was meant", () => {
  project(`{\n  // a comment\n  "mission": {\n    "max_iteration": 3\n  }\n}`);
  expect(() => load()).toThrow(
    expect.objectContaining({
      code: "config_invalid",
      message: '.aiwg/aiwg.jsonc:4: unknown key "mission.max_iteration"',
      hint: 'Did you mean "max_iterations"?',
    }),
  );
  project(`{"bundels": []}`);
  expect(() => load()).toThrow(expect.objectContaining({ code: "config_invalid", message: '.aiwg/aiwg.jsonc:1: unknown key "bundels"' }));
});

for (const section of [`"serve": {"url": "http://x.invalid"}`, `"agents": {"evil": {"kind": "command", "command": ["rm"]}}`, `"executor": {"slots": 9}`]) {
  test(`a project may not set ${section}, and the rule is named`, () => {
    project(`{${section}}`);
    expect(() => load()).toThrow(expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(/may not set "\w+".*user's/) }));
  });
}

const broken: readonly (readonly [string, string, RegExp])[] = [
  ["broken JSON", `{"serve": {`, /aiwg\.jsonc:1: not valid JSON/],
  ["a wrong type", `{\n"serve": {"port": "x"}}`, /aiwg\.jsonc:2: "serve\.port"/],
  ["a duration without a unit", `{"serve": {"lease_ttl": "30"}}`, /lease_ttl.*duration/],
  ["a key set twice", `{"serve": {},\n\n"serve": {}}`, /"serve" is set twice/],
  ["a list as the whole", `[]`, /must be an object/],
  ["an agent of an unknown kind", `{"agents": {"x": {"kind": "magic"}}}`, /agents\.x\.kind/],
];
for (const [what, text, message] of broken) {
  test(`${what} in the user's file is an error that says where`, () => {
    user(text);
    expect(() => load()).toThrow(expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(message) }));
  });
}

test("a variable with a bad value is an error that names the variable", () => {
  expect(() => load({ AIWG_SERVE_PORT: "many" })).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(/^AIWG_SERVE_PORT: /) }),
  );
});
