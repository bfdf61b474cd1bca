import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { createClient } from "../../src/client/client.ts";
import { systemClock } from "../../src/core/time.ts";
import type { Mission } from "../../src/mission/wire/http.ts";
import { eventually, startAiwg, type AiwgProcess } from "../support/aiwg-process.ts";

const MISSIONS = 200;

// The witness outside the system: each run writes down its start and end, and whether another run of the same mission
// was alive at that moment (by pid, and by that pid's environment, so that a reused pid does not count).
const WITNESS = `
id=$AIWG_MISSION_ID
pidfile=$WITNESS/$id.pid
if [ -f "$pidfile" ]; then
  old=$(cat "$pidfile")
  if [ -r "/proc/$old/environ" ] && tr '\\0' '\\n' <"/proc/$old/environ" 2>/dev/null | grep -qx "AIWG_MISSION_ID=$id"; then echo "overlap $id $AIWG_ATTEMPT" >>"$WITNESS/log"; fi
fi
echo $$ >"$pidfile"
echo "start $id $AIWG_ATTEMPT" >>"$WITNESS/log"
sleep 0.3
echo "end $id $AIWG_ATTEMPT" >>"$WITNESS/log"
rm -f "$pidfile"
`;

test("kill -9 of bridge, serve and executor in turn while 200 missions run: none lost, none twice at once", async () => {
  const home = mkdtempSync(join(tmpdir(), "aiwg-kill-"));
  const witness = join(home, "witness");
  mkdirSync(witness);
  mkdirSync(join(home, "config"), { recursive: true });
  writeFileSync(join(home, "witness.sh"), WITNESS);
  const agents = { witness: { kind: "command", command: ["sh", join(home, "witness.sh")], env: { WITNESS: witness } } };
  writeFileSync(join(home, "config", "aiwg.jsonc"), JSON.stringify({ agents }));

  const project = { id: home, name: "kill" };
  const queue = openQueue(join(home, "state", "queue.db"), systemClock);
  const onLost = (i: number): "retry" | "hold" => (i % 2 === 0 ? "retry" : "hold");
  const missions = Array.from({ length: MISSIONS }, (_, i) => ({
    body: { mission_id: `m-${i}`, objective: `mission ${i}`, agents: ["witness"], on_lost: onLost(i), max_attempts: 100, checks: [{ run: "true" }] },
  }));
  expect(queue.enqueue({ project, missions })).toHaveLength(MISSIONS);

  const start = {
    serve: () => startAiwg(home, ["serve", "--port", "0", "--lease-ttl", "3s", "--hold-ttl", "6s"]),
    bridge: () => startAiwg(home, ["mc", "bridge"]),
    executor: () => startAiwg(home, ["executor", "--slots", "6", "--agent", "witness"]),
  };
  const running: Record<keyof typeof start, AiwgProcess> = { serve: start.serve(), bridge: start.bridge(), executor: start.executor() };
  const say = (): string =>
    JSON.stringify(queue.counts({})) +
    Object.entries(running)
      .map(([name, p]) => `\n--- ${name} (exit ${p.child.exitCode})\n${p.output().slice(-1_500)}`)
      .join("");
  const starts = (): number => {
    try {
      return readFileSync(join(witness, "log"), "utf8")
        .split("\n")
        .filter((line) => line.startsWith("start ")).length;
    } catch {
      return 0;
    }
  };
  try {
    const names = Object.keys(start) as (keyof typeof start)[];
    for (let round = 0; round < 6; round++) {
      // Kill only while there is work in flight: after some more runs have begun.
      const before = starts();
      await eventually(() => starts() >= before + 8, 60_000, say);
      const name = names[round % names.length] ?? "serve";
      await running[name].kill();
      running[name] = start[name]();
    }
    const ended = (state: string): boolean => ["done", "failed", "aborted", "suspended"].includes(state);
    await eventually(() => queue.missions({ limit: 1_000 }).every((mission) => ended(mission.state)), 120_000, say);

    const { url } = JSON.parse(readFileSync(join(home, "state", "serve.json"), "utf8")) as { url: string };
    const client = createClient({ url, token: readFileSync(join(home, "state", "token"), "utf8").trim() });
    const stored: Mission[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await client.missions({ limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      stored.push(...page.missions);
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(stored.map((mission) => mission.mission_id).toSorted()).toEqual(missions.map(({ body }) => body.mission_id).toSorted());
    for (const mission of stored) {
      const index = Number(mission.mission_id.slice(2));
      expect(`${mission.mission_id} ${mission.state}`).toMatch(onLost(index) === "retry" ? / done$/ : / (?:done|suspended)$/);
      expect(queue.mission(mission.mission_id)?.state).toBe(mission.state);
    }

    const log = readFileSync(join(witness, "log"), "utf8").split("\n").filter(Boolean);
    expect(log.filter((line) => line.startsWith("overlap"))).toEqual([]);
    // A done mission's last run reached its end.
    for (const mission of stored.filter((one) => one.state === "done"))
      expect(log.filter((line) => line.startsWith(`end ${mission.mission_id} `))).not.toEqual([]);

    // Read back from the events: one terminal event each, seqs grow, nothing after the end.
    const terminal = new Map<string, number>();
    let seq = 0;
    const abort = new AbortController();
    const head = stored.reduce((max, mission) => Math.max(max, mission.seq), 0);
    for await (const message of client.events({ after: 0 }, abort.signal)) {
      if (message.kind !== "event") continue;
      const { event } = message;
      expect(event.seq).toBeGreaterThan(seq);
      seq = event.seq;
      if (event.mission_id !== undefined) {
        expect(terminal.has(event.mission_id)).toBe(false);
        if (event.state === "done" || event.state === "failed" || event.state === "aborted") terminal.set(event.mission_id, event.seq);
      }
      if (seq >= head) break;
    }
    abort.abort();
    expect(terminal.size).toBe(stored.filter((mission) => mission.state !== "suspended").length);
  } finally {
    queue.close();
    for (const one of [running.executor, running.bridge, running.serve]) await one.stop();
    rmSync(home, { recursive: true, force: true });
  }
}, 300_000);
