// `aiwg plan`: the same as `aiwg deploy --dry-run`.
import { type Cli, defineCommand } from "../command.ts";
import { DEPLOY_FLAGS, runDeploy } from "./deploy.ts";

export const command = defineCommand({
  examples: ["aiwg plan", "aiwg plan --json"],
  parameters: { flags: DEPLOY_FLAGS },
  run: (cli: Cli, flags: Parameters<typeof runDeploy>[1]) => runDeploy(cli, { ...flags, dryRun: true }),
});
