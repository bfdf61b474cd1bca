// The published client of serve's API (aiwg/client): what programs outside may use. Nothing inside imports it.
export { createClient, type Client } from "./client.ts";
export type { ClientOptions } from "./options.ts";
export { followEvents, type FollowItem, type FollowOptions } from "./follow.ts";
export { redeemSessionCode } from "./session-code.ts";
export { AiwgError, isAiwgError, type ErrorCode, type Issue } from "../core/errors.ts";
export type {
  Accepted,
  Answered,
  CheckResult,
  Control,
  EventsQuery,
  Executor,
  Mission,
  MissionCounts,
  MissionPage,
  MissionResult,
  MissionsQuery,
  Question,
  Registered,
  RegisterInput,
  ServeEvent,
  Session,
  SessionCode,
  SessionToken,
  StreamItem,
  TokenCreated,
  TokenInfo,
  TokenInput,
  Version,
} from "./api.ts";
export type { MissionState, Priority, Role, SessionState } from "../mission/model.ts";
export type { EventType } from "../mission/wire/event-types.ts";
