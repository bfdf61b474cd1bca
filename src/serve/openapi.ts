// The OpenAPI 3.1 document, written from the rows and the schemas that validate. The generator is loaded when first asked.
// Must not know any particular route.
import type { z } from "zod";
import { ERRORS, type ErrorCode } from "../core/errors.ts";
import { problemSchema } from "../mission/wire/http.ts";
import { idSchema } from "../mission/wire/dispatch.ts";
import { PROBLEM_TYPE } from "./problem.ts";
import { ACCESS_ROLES, type Route, type RouteRow } from "./route.ts";

const ANYWHERE: readonly ErrorCode[] = [
  "invalid_request",
  "foreign_origin",
  "misdirected_request",
  "header_too_large",
  "internal",
  "store_unavailable",
  "stopping",
];
const WITH_TOKEN: readonly ErrorCode[] = ["unauthorized", "forbidden", "rate_limited"];
const WITH_BODY: readonly ErrorCode[] = ["too_large", "unsupported_media_type", "request_timeout"];

/** Every problem code that a row can answer with. */
export function problemsOf(row: RouteRow): readonly ErrorCode[] {
  return [...new Set([...row.problems, ...ANYWHERE, ...(row.access === "none" ? [] : WITH_TOKEN), ...(row.body ? WITH_BODY : [])])];
}

function problemResponses(row: RouteRow): Record<number, { description: string; content: Record<string, { schema: z.ZodType }> }> {
  const byStatus = Map.groupBy(problemsOf(row), (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join("; "), content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
    ]),
  );
}

const headerNames = (headers: Readonly<Record<string, string>> = {}): [string, string][] => Object.entries(headers);

/** The document as a plain value. */
export async function describeRoutes(routes: readonly Route[], version: string): Promise<unknown> {
  const { OpenAPIHono, z } = await import("@hono/zod-openapi");
  const document = new OpenAPIHono();
  const registry = document.openAPIRegistry;
  const bearer = registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  const text = z.string();
  for (const row of routes) {
    const params = [...row.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
    const answers = Object.entries(row.answers).map(([status, answer]) => {
      const { description, schema, type = "application/json", headers } = answer;
      const content = schema || answer.type ? { content: { [type]: { schema: schema ?? text } } } : {};
      const documented = headerNames(headers).map(([name, what]) => [name, { description: what, schema: { type: "string" as const } }]);
      return [status, { description, ...content, ...(headers ? { headers: Object.fromEntries(documented) } : {}) }];
    });
    registry.registerPath({
      method: row.method.toLowerCase() as Lowercase<RouteRow["method"]>,
      path: row.path,
      summary: row.summary,
      description: row.access === "none" ? "No token needed." : `Roles: ${ACCESS_ROLES[row.access].join(", ")}.`,
      security: row.access === "none" ? [] : [{ [bearer.name]: [] }],
      request: {
        ...(params.length > 0 ? { params: z.object(Object.fromEntries(params.map((name) => [name, idSchema]))) } : {}),
        ...(row.query ? { query: row.query } : {}),
        ...(row.headers
          ? { headers: z.object(Object.fromEntries(headerNames(row.headers).map(([name, what]) => [name, text.optional().describe(what)]))) }
          : {}),
        ...(row.body ? { body: { required: row.bodyOptional !== true, content: { "application/json": { schema: row.body } } } } : {}),
      },
      responses: { ...Object.fromEntries(answers), ...problemResponses(row) },
    });
  }
  return document.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "aiwg serve", version, description: "Missions for coding agents: queued durably, done when checked." },
  });
}
