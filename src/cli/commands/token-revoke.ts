// `aiwg token revoke`: ends tokens at once, with every stream and link that was opened with them.
import { AiwgError } from "../../core/errors.ts";
import { inert } from "../../core/text.ts";
import type { TokenInfo } from "../../mission/wire/http.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, text } from "../flags.ts";
import { requireServe } from "../serve-door.ts";

type Flags = { readonly dryRun: boolean };

function tokenCalled(tokens: readonly TokenInfo[], wanted: string): TokenInfo {
  const exact = tokens.find(({ id }) => id === wanted);
  const like = exact ? [exact] : tokens.filter(({ id }) => id.startsWith(wanted));
  const [only, second] = like;
  if (!only) throw new AiwgError("not_found", `there is no token "${inert(wanted)}"`, { hint: "See aiwg token list." });
  if (second) {
    throw new AiwgError("usage", `"${inert(wanted)}" stands for several: ${like.map(({ id }) => id).join(", ")}`, { hint: "Give more characters of the id." });
  }
  return only;
}

export const command = defineCommand({
  examples: ["aiwg token revoke t-0193", "aiwg token revoke t-0193 --dry-run"],
  parameters: {
    flags: { dryRun: DRY_RUN },
    positional: { kind: "array", minimum: 1, parameter: { brief: "Token (id or unique prefix)", parse: text, placeholder: "token" } },
  },
  async run(cli: Cli, { dryRun }: Flags, ...names: string[]) {
    const { ui } = cli;
    const client = await requireServe(cli);
    const all = await client.tokens();
    // All are found before the first is revoked: a slip in one name changes nothing.
    const meant = [...new Set(names.map((name) => tokenCalled(all, name)))];
    if (!dryRun) for (const { id } of meant) await client.deleteToken(id);
    ui.result("revoke", { dry_run: dryRun, tokens: meant }, () => {
      for (const { id, role, name } of meant) ui.data(`${id}  ${dryRun ? "would be revoked" : "revoked"}  ${role}${name === null ? "" : `, ${name}`}`);
    });
  },
});
