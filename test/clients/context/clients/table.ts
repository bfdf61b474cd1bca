// Every client that is tried, by the id of its platform. Data only.
import type { ClientRow } from "../client.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { openclaw } from "./openclaw.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";

export const CLIENTS = {
  "claude-code": claudeCode,
  codex,
  "copilot-cli": copilotCli,
  openclaw,
  opencode,
  pi,
} as const satisfies Readonly<Record<string, ClientRow>>;

export type ClientId = keyof typeof CLIENTS;

/** All of them, in the order of the table. */
export const CLIENT_IDS = Object.keys(CLIENTS) as readonly ClientId[];
