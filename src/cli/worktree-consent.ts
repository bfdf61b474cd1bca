// The user's word on a repository's .worktreeinclude: asked for once per content, since a repository alone may not say which
// ignored files agents get. Must not copy anything.
import { grantConsents, hasConsent } from "../core/node/consent.ts";
import { INCLUDE_FILE, readWorktreeInclude } from "../executor/worktree-include.ts";
import type { Cli } from "./command.ts";
import { askLine } from "./confirm.ts";

/** Asks at a terminal, takes `--yes` elsewhere, and says what holds without either. `top` is a work tree of this host. */
export async function settleWorktreeInclude(cli: Cli, top: string): Promise<void> {
  const { ui, globals, places, clock } = cli;
  const include = readWorktreeInclude(top);
  if (!include || hasConsent(places.consent, include)) return;
  let agreed = globals.yes;
  if (!agreed && ui.interactive && !ui.json) {
    ui.say(`${INCLUDE_FILE} of ${top} asks for these ignored files in the workspaces of agents:`);
    for (const line of include.text.trimEnd().split("\n")) ui.say({ text: `    ${line}`, tone: "plain" });
    agreed = /^y(?:es)?$/i.test((await askLine("Bring them? It is asked again when the file changes. [y/N] "))?.trim() ?? "");
  }
  if (agreed) grantConsents(places.consent, [{ ...include, what: `${INCLUDE_FILE}: ignored files for workspaces` }], clock.now());
  else ui.warn(`${INCLUDE_FILE} of ${top} is passed over: nobody agreed to it; --yes agrees to what it says now`);
}
