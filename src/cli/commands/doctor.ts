// `aiwg doctor`: looks at everything aiwg stands on and says what is wrong; --fix mends what can be mended safely.
import { isAiwgError, messageOf } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { connections } from "../doctor/connections.ts";
import { context } from "../doctor/context.ts";
import { databases, disk, locks, permissions } from "../doctor/files.ts";
import type { Examination, Finding } from "../doctor/finding.ts";
import { processes, workspaces } from "../doctor/leftovers.ts";
import { programs } from "../doctor/programs.ts";
import { switchFlag } from "../flags.ts";

// Files first: what is wrong with them explains what comes after.
const EXAMINATIONS: readonly Examination[] = [programs, permissions, disk, databases, locks, processes, workspaces, connections, context];

const LOOKS = { ok: ["✓", "good"], warn: ["!", "warn"], fail: ["✗", "bad"] } as const;

// Read once for all of them: one mistake is one finding, and what does not depend on it is looked at all the same.
async function settings(cli: Cli): Promise<{ readonly finding: Finding; readonly cli: Cli }> {
  try {
    await cli.config();
    return { finding: { id: "config", status: "ok", message: "no fault in the settings" }, cli };
  } catch (error) {
    if (!isAiwgError(error) || error.code !== "config_invalid") throw error;
    const finding: Finding = { id: "config", status: "fail", message: error.message, hint: `${error.hint} The rest was looked at without these settings.` };
    return { finding, cli: { ...cli, config: () => Promise.resolve({}) } };
  }
}

async function examineAll(over: Cli): Promise<Finding[]> {
  const { finding, cli } = await settings(over);
  const found: Finding[] = [finding];
  for (const { id, examine } of EXAMINATIONS) {
    try {
      found.push(...(await examine(cli)));
    } catch (error) {
      // Context reads its own part of the same file.
      if (finding.status === "fail" && messageOf(error) === finding.message) continue;
      found.push({ id, status: "fail", message: `could not be examined: ${messageOf(error)}` });
    }
  }
  return found;
}

async function mend(finding: Finding): Promise<string | null> {
  try {
    await finding.fix?.apply();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

export const command = defineCommand({
  anyConfig: true,
  examples: ["aiwg doctor", "aiwg doctor --fix", "aiwg doctor --json"],
  parameters: { flags: { fix: switchFlag("Mend what can be mended safely") } },
  async run(cli: Cli, { fix }: { readonly fix: boolean }) {
    const { ui } = cli;
    const first = await examineAll(cli);
    const fixable = fix ? first.filter((finding) => finding.fix) : [];
    const mended: { readonly id: string; readonly what: string; readonly error: string | null }[] = [];
    for (const finding of fixable) mended.push({ id: finding.id, what: `${finding.message}: ${finding.fix?.what ?? ""}`, error: await mend(finding) });
    // What counts is what another look says.
    const found = mended.length > 0 ? await examineAll(cli) : first;
    const wrong = found.filter(({ status }) => status === "fail");
    const checks = found.map(({ id, status, message, hint, fix: cure }) => ({ id, status, message, hint: hint ?? null, fixable: cure !== undefined }));
    ui.result("doctor", { ok: wrong.length === 0, checks, mended }, () => {
      for (const { what, error } of mended)
        ui.say(error === null ? { text: "mended  ", tone: "good" } : { text: "not mended  ", tone: "bad" }, error === null ? what : `${what}: ${error}`);
      const width = Math.max(...found.map(({ id }) => id.length));
      for (const { id, status, message, hint } of found) {
        const [glyph, tone] = LOOKS[status];
        ui.dataLine([{ text: `${glyph} `, tone }, `${id.padEnd(width)}  ${message}`]);
        if (status !== "ok" && hint !== undefined) ui.dataLine([{ text: `  ${"".padEnd(width)}  ${hint}`, tone: "dim" }]);
      }
      const curable = wrong.filter((finding) => finding.fix).length;
      if (wrong.length > 0) ui.say({ text: `${wrong.length} wrong`, tone: "bad" }, curable > 0 ? `; aiwg doctor --fix mends ${curable}` : "");
    });
    return wrong.length > 0 ? 1 : 0;
  },
});
