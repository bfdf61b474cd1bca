// Every client that is tried, by the id of its platform. Data only.
import type { ClientRow } from "../client.ts";
import { claudeCode } from "./claude-code.ts";
import { cline } from "./cline.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { factory } from "./factory.ts";
import { geminiCli } from "./gemini-cli.ts";
import { openclaw } from "./openclaw.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { qwenCode } from "./qwen-code.ts";

export const CLIENTS = {
  "claude-code": claudeCode,
  cline,
  codex,
  "copilot-cli": copilotCli,
  factory,
  "gemini-cli": geminiCli,
  openclaw,
  opencode,
  pi,
  "qwen-code": qwenCode,
} as const satisfies Readonly<Record<string, ClientRow>>;

export type ClientId = keyof typeof CLIENTS;

export const rowOf = (id: ClientId): ClientRow => CLIENTS[id];

/** All of them, in the order of the table. */
export const CLIENT_IDS = Object.keys(CLIENTS) as readonly ClientId[];
