// `aiwg token list`: every live token of serve, without its text.
import { age, until } from "../ages.ts";
import { type Cli, defineCommand } from "../command.ts";
import { requireServe } from "../serve-door.ts";

export const command = defineCommand({
  examples: ["aiwg token list", "aiwg token list --json", "aiwg token revoke t-0193"],
  parameters: {},
  async run(cli: Cli) {
    const { ui } = cli;
    const tokens = await (await requireServe(cli)).tokens();
    ui.result("tokens", { tokens }, () => {
      const now = cli.clock.now();
      ui.table(
        ["TOKEN", "ROLE", "NAME", "AGE", "ENDS", "USES LEFT"],
        tokens.map(({ id, role, name, created_at, expires_at, uses_left }) => [
          ...[id, role, name ?? "", age(created_at, now)],
          ...[expires_at === null ? "never" : until(expires_at, now), uses_left === null ? "" : String(uses_left)],
        ]),
      );
    });
  },
});
