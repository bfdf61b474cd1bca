// docs/openapi.json: the document that serve answers at /openapi.json. Must not know any route.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeRoutes } from "../../src/serve/openapi.ts";
import { routeTable } from "../../src/serve/routes/table.ts";

/** The OpenAPI document as text, with the version of package.json. */
export async function openapiDocument(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as { version: string };
  return `${JSON.stringify(await describeRoutes(routeTable(), version), null, 2)}\n`;
}
