// POST dispatch over 16 connections, each answer fsynced first, beside a bare JSON echo. Must not import serve: it is
// started as people start it.
import { join } from "node:path";
import { AiwgError } from "../src/core/errors.ts";
import { mintId } from "../src/core/ids.ts";
import { OBJECTIVE, type Bench } from "./bench.ts";
import { openConnection } from "./connection.ts";
import { brief, type Figure, median, ratioFigure } from "./figures.ts";
import { type Load, runLanes } from "./lanes.ts";
import { makeHome, startServe } from "./rooms.ts";
import type { Scratch } from "./scratch.ts";

const CONNECTIONS = 16;
const PATH = "/api/v1/sessions/s-bench/dispatch";

async function startEcho(scratch: Scratch): Promise<string> {
  const { port } = JSON.parse(await scratch.start(process.execPath, [join(import.meta.dirname, "echo-main.ts")]).line()) as { port: number };
  return `http://127.0.0.1:${port}`;
}

async function load(url: string, headers: string, seconds: number): Promise<Load> {
  const free = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(url)));
  const all = [...free];
  try {
    return await runLanes(
      async () => {
        const connection = free.pop();
        if (!connection) throw new AiwgError("internal", "more lanes than connections");
        const status = await connection.post(PATH, headers, JSON.stringify({ mission_id: mintId("m", Date.now()), objective: OBJECTIVE }));
        if (status !== 202) throw new AiwgError("internal", `the server under load answered ${status}`);
        free.push(connection);
      },
      CONNECTIONS,
      seconds,
      seconds / 4,
    );
  } finally {
    for (const connection of all) connection.close();
  }
}

/** Rounds of both, interleaved. */
export async function measureHttp({ scratch, aiwg, quick }: Bench): Promise<Figure[]> {
  const [rounds, seconds] = quick ? [1, 0.5] : [7, 2];
  const echo = await startEcho(scratch);
  const serve = await startServe(scratch, aiwg, makeHome(scratch));
  const headers = `authorization: Bearer ${serve.token}\r\nprefer: respond-async\r\n`;
  const [ours, bare]: [Load[], Load[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    bare.push(await load(echo, headers, seconds));
    ours.push(await load(serve.url, headers, seconds));
  }
  const p99 = (loads: readonly Load[]): string => brief(median(loads.map((one) => one.p99)));
  return [
    ratioFigure({
      what: `POST dispatch, fsynced before the answer / JSON echo of bare node:http, ${CONNECTIONS} connections (p99 ${p99(ours)} / ${p99(bare)} ms)`,
      ours: ours.map((one) => one.perSecond),
      yardstick: bare.map((one) => one.perSecond),
      unit: "/s",
      wanted: { atLeast: 0.3 },
    }),
  ];
}
