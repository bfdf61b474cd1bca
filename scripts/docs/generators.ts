// Every generated page of docs/ in one table: what `npm run docs` writes and `npm run check` compares.
// To add a page, add a file beside this one and a row here. Must not write.
import { BUNDLE_SCHEMAS } from "./bundle-schemas.ts";
import { cliPage } from "./cli.ts";
import { configSchema } from "./config-schema.ts";
import { errorsPage } from "./errors.ts";
import { openapiDocument } from "./openapi.ts";
import { platformsPage } from "./platforms.ts";
import { rolesPage } from "./roles.ts";

/** A page made from the tables that the program itself runs on. */
export type Generator = {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** The whole text; the same for the same sources. */
  readonly generate: () => string | Promise<string>;
};

export const GENERATORS: readonly Generator[] = [
  { path: "docs/openapi.json", generate: openapiDocument },
  { path: "docs/roles.md", generate: rolesPage },
  { path: "docs/errors.md", generate: errorsPage },
  { path: "docs/cli.md", generate: cliPage },
  { path: "docs/platforms.md", generate: platformsPage },
  { path: "docs/aiwg.schema.json", generate: configSchema },
  ...BUNDLE_SCHEMAS,
];
