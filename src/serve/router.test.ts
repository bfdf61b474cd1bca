import { describe, expect, test } from "vitest";
import { json } from "./answer.ts";
import { route, type Route } from "./route.ts";
import { createRouter, decodeIds } from "./router.ts";

const row = (method: "GET" | "POST" | "DELETE", path: string): Route =>
  route({ method, path, access: "read", summary: "", answers: {}, problems: [] }, async () => json(200, {}));
const find = createRouter([
  row("GET", "/x/{id}"),
  row("DELETE", "/x/{id}"),
  row("POST", "/x/register"),
  row("GET", "/x/register/{id}/y"),
  row("GET", "/x.json"),
]);
const methods = (path: string): string[] => [...(find(path)?.keys() ?? [])].toSorted();

describe("createRouter", () => {
  test("finds the methods of a path; a literal segment wins over a name, method by method", () => {
    expect(methods("/x/1")).toEqual(["DELETE", "GET"]);
    expect(methods("/x/register")).toEqual(["DELETE", "GET", "POST"]);
    expect(find("/x/register")?.get("POST")?.raw).toEqual({});
    expect(find("/x/register")?.get("GET")?.raw).toEqual({ id: "register" });
    expect(find("/x/register/a%2Fb/y")?.get("GET")?.raw).toEqual({ id: "a%2Fb" });
  });

  test.each(["/", "/x", "/x/1/", "//x/1", "/X/1", "/x/1/y", "/xxjson", "/x/./1", "", "x/1"])("%j is no path of the table", (path) => {
    expect(find(path)).toBeUndefined();
  });
});

describe("decodeIds", () => {
  test("decodes once", () => {
    expect(decodeIds({ a: "m%2D1", b: "x:y" })).toEqual({ a: "m-1", b: "x:y" });
    expect(() => decodeIds({ a: "%252e%252e" })).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  test.each(["", ".", "..", "%2e%2E", "a/b", "a%2fb", "a%5cb", "%00", "a\u0000", "%", "%zz", "%C3%28", "é", "a b", "a+b", "x".repeat(129)])(
    "%j is no id",
    (value) => {
      expect(() => decodeIds({ id: value })).toThrow(expect.objectContaining({ code: "invalid_request" }));
    },
  );
});
