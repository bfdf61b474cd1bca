// `aiwg token create`: a token with a smaller role, shown once.
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, duration, oneOf, text, valueFlag, whole } from "../flags.ts";
import { requireServe } from "../serve-door.ts";

const CREATED_ROLES = ["read", "operate", "admin", "enrol"] as const;
type Flags = {
  readonly role: (typeof CREATED_ROLES)[number];
  readonly name?: string | undefined;
  readonly uses?: number | undefined;
  readonly dryRun: boolean;
  readonly ttl?: number | undefined;
};

export const command = defineCommand({
  examples: ["aiwg token create --role operate --name ci --ttl 30d", "aiwg token create --role enrol --uses 1"],
  parameters: {
    flags: {
      role: { kind: "parsed", parse: oneOf(CREATED_ROLES), brief: CREATED_ROLES.join(", "), placeholder: "ROLE" },
      name: valueFlag(text, "For your own list", "TEXT"),
      uses: valueFlag(whole(1, 1_000_000), "How often it may register an executor (enrol only)", "N"),
      dryRun: DRY_RUN,
      ttl: valueFlag(duration, "When it ends, such as 12h", "DUR"),
    },
  },
  async run(cli: Cli, { role, name, uses, ttl, dryRun }: Flags) {
    if (uses !== undefined && role !== "enrol") throw new AiwgError("usage", "--uses: only an enrol token counts its uses");
    const client = await requireServe(cli);
    const wanted = { role, name: name ?? null, uses: uses ?? null, ttl_s: ttl === undefined ? null : Math.ceil(ttl / 1_000) };
    if (dryRun) return cli.ui.result("token", { dry_run: true, ...wanted }, () => cli.ui.data(`a token with role ${role} would be created`));
    const created = await client.createToken(wanted);
    return cli.ui.result("token", created, () => {
      cli.ui.data(created.token);
      cli.ui.say({ text: `  role ${created.role}, id ${created.id}${created.expires_at ? `, until ${created.expires_at}` : ""}; shown only now`, tone: "dim" });
    });
  },
});
