// docs/roles.md: which role may call which route, read off the rows that serve mounts. Must not know any route.
import { ROLES } from "../../src/mission/model.ts";
import { ACCESS_ROLES, type Route } from "../../src/serve/route.ts";
import { routeTable } from "../../src/serve/routes/table.ts";
import { generatedFrom, markdownTable } from "./markdown.ts";

const INTRO = `A token has one role: \`read\` < \`operate\` < \`admin\`; \`enrol\` registers executors (with an expiry and a count of uses); \`executor\` belongs to one executor and opens its link. Whatever has no token is answered 401 before anything else is said; a role that is too small 403.`;

// Not a route but an upgrade: it has no row.
const LINK = ["`GET /ws/executors/{executor_id}`", "The link of an executor", "", ...ROLES.map((role) => (role === "executor" ? "its own" : ""))];

function rowOf({ method, path, access, summary }: Route): string[] {
  const marks = ROLES.map((role) => (access !== "none" && ACCESS_ROLES[access].includes(role) ? "yes" : ""));
  return [`\`${method} ${path}\``, summary, access === "none" ? "yes" : "", ...marks];
}

/** The page. */
export function rolesPage(): string {
  const rows = routeTable().map(rowOf);
  const table = markdownTable(["route", "what it does", "no token", ...ROLES], [...rows, LINK]);
  return `# Roles and routes\n\n${generatedFrom("src/serve/routes/")}\n\n${INTRO}\n\n${table}`;
}
