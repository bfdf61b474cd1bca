// `aiwg token show`: the local admin token, for a person who wants to call serve by hand.
import { existsSync } from "node:fs";
import { AiwgError } from "../../core/errors.ts";
import { loadLocalToken } from "../../serve/token-file.ts";
import { type Cli, defineCommand } from "../command.ts";

export const command = defineCommand({
  examples: ["aiwg token show", 'curl -H "Authorization: Bearer $(aiwg token show)" http://127.0.0.1:7337/api/v1/version'],
  parameters: {},
  async run({ ui, places }: Cli) {
    if (!existsSync(places.token)) throw new AiwgError("not_found", `there is no ${places.token} yet`, { hint: "Serve makes it on its first start: aiwg up." });
    const token = loadLocalToken(places.token);
    ui.result("token", { token, role: "admin", path: places.token }, () => ui.data(token));
  },
});
