// pg-boss: each lane sends, fetches and completes by itself, because its own workers poll at most twice a second.
// Must not look into its tables.
import { AiwgError } from "../../src/core/errors.ts";
import { loadPeer, PAYLOAD, type Peer, type Where } from "./peer.ts";

type Boss = {
  on(event: "error", listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<string | null>;
  fetch(name: string): Promise<readonly { readonly id: string }[]>;
  complete(name: string, id: string): Promise<unknown>;
  stop(options: { readonly graceful: boolean }): Promise<void>;
};
type Package = { readonly PgBoss: new (options: Readonly<Record<string, unknown>>) => Boss };

const QUEUE = "mission";

/** Opens it in a schema of its own. */
export async function openPgBoss({ connection }: Where): Promise<Peer> {
  const { PgBoss } = await loadPeer<Package>("pg-boss");
  const boss = new PgBoss({ connectionString: connection, max: 18, supervise: false, schedule: false });
  boss.on("error", () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE);
  return {
    async cycle() {
      await boss.send(QUEUE, PAYLOAD);
      for (let tries = 0; tries < 1_000; tries++) {
        const [job] = await boss.fetch(QUEUE);
        if (job) return void (await boss.complete(QUEUE, job.id));
      }
      throw new AiwgError("internal", "pg-boss gave no job although one was sent");
    },
    close: () => boss.stop({ graceful: false }),
  };
}
