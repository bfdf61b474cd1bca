// Executors and tokens as rows: register, update, remove, and who a token stands for. Must not know HTTP.
import { AiwgError } from "../../../core/errors.ts";
import { mintId } from "../../../core/ids.ts";
import { rfc3339 } from "../../../core/time.ts";
import type { RegisterBody, TokenInfo } from "../../../mission/wire/http.ts";
import type { Principal, TokenInput } from "../store.ts";
import { endOwnership, ownedRuns } from "./ownership.ts";
import { tokenOf, type ExecutorRow, type TokenRow } from "./rows.ts";
import { appendEvent } from "./transition.ts";
import type { Statements, Tx } from "./tx.ts";

/** All executors, as they are held in memory; what they own is not counted yet. */
export function loadExecutors(db: Statements): ExecutorRow[] {
  const rows = db.all<Omit<ExecutorRow, "running"> & { capabilities: string }>("SELECT * FROM executor ORDER BY registered_at, id");
  return rows.map((row) => ({ ...row, running: 0, capabilities: JSON.parse(row.capabilities) as string[] }));
}

/** Writes what links and reports change. */
export function saveExecutor(tx: Tx, row: ExecutorRow): void {
  tx.run(
    "UPDATE executor SET slots = ?, connected = ?, draining = ?, epoch = ?, acked = ?, ahead = ?, last_seen = ? WHERE id = ?",
    ...[row.slots, row.connected, row.draining, row.epoch, row.acked, row.ahead, row.last_seen, row.id],
  );
}

type RegisterInput = { readonly body: RegisterBody; readonly tokenHash: string | null; readonly by: Principal };

/** A new id needs enrol or admin; an existing one its own token. Spends one use of an enrolment token. */
export function registerExecutor(tx: Tx, { body, tokenHash, by }: RegisterInput): { registered_at: string; created: boolean } {
  const id = body.executor_id;
  const now = tx.now();
  const known = tx.memory.executor(id);
  const own = by.role === "executor" && by.executorId === id;
  if (known ? !own : by.role !== "enrol" && by.role !== "admin") {
    throw new AiwgError(
      "forbidden",
      known ? `executor ${id} is registered; only its own token may register it again` : `this token may not register executor ${id}`,
    );
  }
  const row: ExecutorRow = {
    ...(known ?? { running: 0, connected: 0, epoch: null, acked: 0, ahead: 0, registered_at: now, last_seen: null }),
    ...{ id, name: body.name, version: body.version, capabilities: [...new Set(body.capabilities)], slots: body.slots ?? 1, draining: 0 },
    ...{ host_id: body.host_id ?? null, a2a_instance_id: body.a2a_instance_id ?? null },
    endpoints: body.transport_endpoints ? JSON.stringify(body.transport_endpoints) : null,
  };
  tx.run(
    `INSERT INTO executor (id, name, version, capabilities, slots, host_id, a2a_instance_id, endpoints, connected, draining, acked, registered_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)
     ON CONFLICT DO UPDATE SET name = excluded.name, version = excluded.version, capabilities = excluded.capabilities, slots = excluded.slots,
       host_id = excluded.host_id, a2a_instance_id = excluded.a2a_instance_id, endpoints = excluded.endpoints, draining = 0`,
    ...[id, row.name, row.version, JSON.stringify(row.capabilities), row.slots, row.host_id, row.a2a_instance_id, row.endpoints, row.registered_at],
  );
  tx.memory.putExecutor(id, row);
  if (tokenHash !== null) replaceExecutorToken(tx, id, tokenHash);
  if (by.role === "enrol") spend(tx, by.tokenId);
  appendEvent(tx, { type: "executor.registered", executor_id: id, data: { name: body.name, capabilities: body.capabilities, version: body.version } });
  tx.effect({ kind: "ready" });
  return { registered_at: rfc3339(row.registered_at), created: !known };
}

function replaceExecutorToken(tx: Tx, executorId: string, hash: string): void {
  const taken = tx.get<TokenRow>("SELECT * FROM token WHERE hash = ?", hash);
  if (taken?.role === "executor" && taken.executor_id === executorId) return;
  if (taken) throw new AiwgError("forbidden", "that token hash belongs to another token");
  for (const { id } of tx.all<{ id: string }>("SELECT id FROM token WHERE executor_id = ?", executorId)) deleteToken(tx, id);
  createToken(tx, { hash, role: "executor", executorId, name: executorId, uses: null, expiresAt: null });
}

function spend(tx: Tx, tokenId: string): void {
  // Others may have spent it since this caller was let in.
  if (tx.run("UPDATE token SET uses_left = uses_left - 1 WHERE id = ?", tokenId) === 0) throw new AiwgError("unauthorized", "the enrolment token is used up");
  const left = tx.get<{ uses_left: number | null }>("SELECT uses_left FROM token WHERE id = ?", tokenId);
  if (left && left.uses_left !== null && left.uses_left <= 0) deleteToken(tx, tokenId);
}

/** Removes an executor, its token and its ownerships; true if it existed. */
export function deleteExecutor(tx: Tx, executorId: string): boolean {
  if (!tx.memory.executor(executorId)) return false;
  for (const run of ownedRuns(tx, executorId)) endOwnership(tx, run, "executor_deleted");
  for (const { id } of tx.all<{ id: string }>("SELECT id FROM token WHERE executor_id = ?", executorId)) deleteToken(tx, id);
  tx.run("DELETE FROM report_seen WHERE executor_id = ?", executorId);
  tx.run("DELETE FROM executor WHERE id = ?", executorId);
  tx.memory.putExecutor(executorId, undefined);
  appendEvent(tx, { type: "executor.deregistered", executor_id: executorId, data: { reason: "operator_deleted" } });
  tx.effect({ kind: "executor_gone", executor_id: executorId });
  return true;
}

export function createToken(tx: Tx, input: TokenInput): TokenInfo {
  const id = mintId("t", tx.now());
  const row: TokenRow = {
    id,
    hash: input.hash,
    role: input.role,
    executor_id: input.executorId,
    name: input.name,
    created_at: tx.now(),
    expires_at: input.expiresAt,
    uses_left: input.uses,
  };
  tx.run(
    "INSERT INTO token (id, hash, role, executor_id, name, created_at, expires_at, uses_left) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ...[row.id, row.hash, row.role, row.executor_id, row.name, row.created_at, row.expires_at, row.uses_left],
  );
  return tokenOf(row);
}

/** The live principal of a hash. Expired tokens stand for nobody. */
export function principal(tx: Tx, hash: string): Principal | undefined {
  const row = tx.get<TokenRow>("SELECT * FROM token WHERE hash = ?", hash);
  if (!row || (row.expires_at !== null && row.expires_at <= tx.now())) return undefined;
  return { tokenId: row.id, role: row.role, executorId: row.executor_id, expiresAt: row.expires_at };
}

export function tokens(tx: Tx): TokenInfo[] {
  return tx.all<TokenRow>("SELECT * FROM token ORDER BY created_at, id").map(tokenOf);
}

export function deleteToken(tx: Tx, tokenId: string): boolean {
  const gone = tx.run("DELETE FROM token WHERE id = ?", tokenId) === 1;
  if (gone) tx.effect({ kind: "token_gone", token_id: tokenId });
  return gone;
}

/** Deletes the tokens whose time is over; they stand for nobody anyway. Returns how many. */
export function expireTokens(tx: Tx): number {
  const due = tx.all<{ id: string }>("SELECT id FROM token WHERE expires_at <= ?", tx.now());
  for (const { id } of due) deleteToken(tx, id);
  return due.length;
}

const LOCAL = "local";

/** The token of the local token file: replaces the one of an older file. */
export function setLocalAdmin(tx: Tx, hash: string): void {
  const old = tx.all<TokenRow>("SELECT * FROM token WHERE role = 'admin' AND name = ?", LOCAL);
  if (old.some((row) => row.hash === hash)) return;
  for (const row of old) deleteToken(tx, row.id);
  createToken(tx, { hash, role: "admin", executorId: null, name: LOCAL, uses: null, expiresAt: null });
}
