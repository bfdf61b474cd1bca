// The published types and the schemas that validate say the same; the compiler is what fails here.
import { expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { dispatchAcceptedSchema } from "../mission/wire/dispatch.ts";
import type { eventSchema } from "../mission/wire/events.ts";
import type * as http from "../mission/wire/http.ts";
import type * as api from "./api.ts";

test("what the schemas accept has the published types", () => {
  expectTypeOf<z.output<typeof http.missionSchema>>().toEqualTypeOf<api.Mission>();
  expectTypeOf<z.output<typeof http.missionPageSchema>>().toEqualTypeOf<api.MissionPage>();
  expectTypeOf<z.output<typeof http.sessionSchema>>().toEqualTypeOf<api.Session>();
  expectTypeOf<z.output<typeof http.controlSchema>>().toEqualTypeOf<api.Control>();
  expectTypeOf<z.output<typeof dispatchAcceptedSchema>>().toEqualTypeOf<api.Accepted>();
  expectTypeOf<z.output<typeof http.hitlSchema>>().toEqualTypeOf<api.Question>();
  expectTypeOf<z.output<typeof http.hitlAnsweredSchema>>().toEqualTypeOf<api.Answered>();
  expectTypeOf<z.output<typeof http.executorSchema>>().toEqualTypeOf<api.Executor>();
  expectTypeOf<z.output<typeof http.registeredSchema>>().toEqualTypeOf<api.Registered>();
  expectTypeOf<z.output<typeof http.tokenCreatedSchema>>().toEqualTypeOf<api.TokenCreated>();
  expectTypeOf<z.output<typeof http.tokenSchema>>().toEqualTypeOf<api.TokenInfo>();
  expectTypeOf<z.output<typeof http.codeMintedSchema>>().toEqualTypeOf<api.SessionCode>();
  expectTypeOf<z.output<typeof http.sessionCodeSchema>>().toEqualTypeOf<api.SessionToken>();
  expectTypeOf<z.output<typeof http.versionSchema>>().toEqualTypeOf<api.Version>();
  expectTypeOf<z.output<typeof eventSchema>>().toEqualTypeOf<api.ServeEvent>();
  expectTypeOf<api.RegisterInput>().toExtend<z.input<typeof http.registerBodySchema>>();
  expectTypeOf<api.TokenInput>().toExtend<z.input<typeof http.tokenBodySchema>>();
});
