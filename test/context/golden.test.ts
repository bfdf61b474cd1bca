// What each platform gets of one bundle, alone and together, compared with files in test/golden. After a wanted change:
// `npx vitest run test/context/golden.test.ts -u`, and read the diff.
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Output, Rendered } from "../../src/context/output.ts";
import { platformsNamed, PLATFORMS } from "../../src/context/platforms/table.ts";
import { render } from "../../src/context/render/render.ts";
import type { ScopeName } from "../../src/context/platform.ts";
import { emptyFacts, FIXTURE } from "./fixture.ts";

const decoder = new TextDecoder();

function contentText({ content }: Output): string {
  if (content.as === "file") return decoder.decode(content.bytes);
  return content.as === "block" ? content.text : `${JSON.stringify(content.value, null, 2)}\n`;
}

function outputText(output: Output): string {
  const { path, at, content, owners, unit } = output;
  const mode = content.as === "file" ? ` ${content.mode.toString(8)}` : "";
  const readers = [...new Set(owners.map(([platform]) => platform))].join(" ");
  return `──── ${path}${at === null ? "" : ` ${at}`}${mode}\n──── ${unit} for ${readers}\n${contentText(output)}`;
}

function report({ outputs, fidelity, tokens, diagnostics, conflicts }: Rendered): string {
  const losses = fidelity.map(
    ({ platform, kind, name, field, grade, note, protects }) => `${platform} ${kind}/${name} ${field}: ${grade}, ${note}${protects ? " (protects)" : ""}\n`,
  );
  const told = [...diagnostics, ...conflicts].map(({ path, message }) => `${path}: ${message}\n`);
  return [...outputs.map(outputText), "════ fidelity\n", ...losses, "════ told\n", ...told, `════ tokens ${JSON.stringify(tokens)}\n`].join("");
}

function goldenOf(names: readonly string[], scope: ScopeName): string {
  return report(render({ artifacts: FIXTURE, platforms: platformsNamed(names), scope, facts: emptyFacts(scope), models: {} }));
}

const golden = (name: string): string => join(import.meta.dirname, "..", "golden", `${name}.txt`);

for (const { id } of PLATFORMS) {
  test(`${id} alone gets what its golden file says, in a project and for a user`, async () => {
    await expect(goldenOf([id], "project")).toMatchFileSnapshot(golden(`${id}-project`));
    await expect(goldenOf([id], "user")).toMatchFileSnapshot(golden(`${id}-user`));
  });
}

test("all platforms together share what can be shared, as the golden file says", async () => {
  const all = PLATFORMS.map(({ id }) => id);
  await expect(goldenOf(all, "project")).toMatchFileSnapshot(golden("all-project"));
  await expect(goldenOf(all, "user")).toMatchFileSnapshot(golden("all-user"));
});
