import { expect, test } from "vitest";
import { resolveModel } from "./models.ts";
import { platformOf } from "../platforms/table.ts";

const claude = platformOf("claude-code");
const opencode = platformOf("opencode");

test("a tier is the platform's own model, unless the configuration names another", () => {
  expect(resolveModel(claude, {}, "fast")).toMatchObject({ model: "haiku", loss: { grade: "translated" } });
  expect(resolveModel(claude, { "claude-code": { fast: "tiny" } }, "fast").model).toBe("tiny");
  expect(resolveModel(opencode, { opencode: { reasoning: "acme/big" } }, "reasoning").model).toBe("acme/big");
});

test("a tier without a model leaves the client's default, and that is said", () => {
  expect(resolveModel(opencode, {}, "reasoning")).toMatchObject({ model: null, loss: { field: "model", grade: "degraded" } });
});

test("a concrete name goes through, one that only Claude Code knows becomes a tier elsewhere", () => {
  expect(resolveModel(opencode, {}, "acme/small")).toEqual({ model: "acme/small", loss: null });
  expect(resolveModel(claude, {}, "sonnet")).toEqual({ model: "sonnet", loss: null });
  expect(resolveModel(opencode, { opencode: { coding: "acme/mid" } }, "sonnet").model).toBe("acme/mid");
  expect(resolveModel(opencode, {}, "sonnet")).toMatchObject({ model: null, loss: { grade: "degraded" } });
});

test("no wish and inherit mean the client's default, without a loss", () => {
  expect(resolveModel(claude, {}, null)).toEqual({ model: null, loss: null });
  expect(resolveModel(opencode, {}, "inherit")).toEqual({ model: null, loss: null });
});
