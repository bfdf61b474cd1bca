// The pause of one run: asked for at any time, taken between turns, lifted at any time. Must not know the wire or turns.

export type PausePorts = {
  /** The run stands still from now on. */
  readonly paused: () => Promise<void>;
  /** It goes on, or the pause that was asked for is off. */
  readonly resumed: () => Promise<void>;
  readonly failed: (error: unknown) => void;
};

export type Pauses = {
  /** True while the run stands still. */
  isPaused(): boolean;
  /** Asks for a pause; a repeat changes nothing. */
  request(): void;
  /** Goes on, or cancels what was asked for; says so in either case. */
  lift(): void;
  /** Waits here for as long as a pause is wanted. Call between turns. */
  pass(): Promise<void>;
  /** The run ends: nothing waits any more, and nothing is said. */
  close(): void;
};

export function createPauses(ports: PausePorts): Pauses {
  let isWanted = false;
  let isClosed = false;
  let goOn: (() => void) | undefined;
  // Reports follow each other: going on must not overtake the pause on disk.
  let last = Promise.resolve();
  const then = (step: () => Promise<void>): void => {
    last = last.then(() => (isClosed ? undefined : step())).catch(ports.failed);
  };
  return {
    isPaused: () => goOn !== undefined,
    request() {
      isWanted = !isClosed;
    },
    lift() {
      if (isClosed) return;
      isWanted = false;
      then(ports.resumed);
      goOn?.();
    },
    async pass() {
      while (isWanted && !isClosed) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        goOn = () => resolve(undefined);
        then(ports.paused);
        await promise;
        goOn = undefined;
        await last;
      }
    },
    close() {
      isClosed = true;
      goOn?.();
    },
  };
}
