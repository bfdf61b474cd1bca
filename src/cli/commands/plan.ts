// `aiwg plan`: the same as `aiwg deploy --dry-run`.
import { type Cli, defineCommand } from "../command.ts";
import { DEPLOY_FLAGS, type DeployFlags, runDeploy } from "./deploy.ts";

export const command = defineCommand({
  examples: ["aiwg plan", "aiwg plan --json"],
  parameters: { flags: DEPLOY_FLAGS },
  run: (cli: Cli, flags: DeployFlags) => runDeploy(cli, flags, true),
});
