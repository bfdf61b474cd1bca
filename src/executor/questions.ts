// The questions of one run, one open at a time, answered once however often the answer arrives. Must not know the wire.
import type { Ask } from "./agents/agent.ts";

export type QuestionPorts = {
  readonly mint: () => string;
  /** A question is open now. */
  readonly asked: (hitlId: string, ask: Ask) => Promise<void>;
  /** It was answered. */
  readonly answered: (response: string) => Promise<void>;
  readonly failed: (error: unknown) => void;
};

export type Questions = {
  isOpen(): boolean;
  ask(ask: Ask): void;
  /** Answers the open question; an id that is not open (a repeat, an old one) changes nothing. */
  answer(hitlId: string, response: string): void;
  /** The asker is gone: nothing is open or waiting any more. */
  close(): void;
};

export function createQuestions(ports: QuestionPorts): Questions {
  let open: string | undefined;
  let waiting: Ask[] = [];
  // Reports follow each other: an answer must not overtake its question on disk.
  let last = Promise.resolve();
  const then = (step: () => Promise<void>): void => {
    last = last.then(step).catch(ports.failed);
  };
  const next = (): void => {
    const ask = open === undefined ? waiting.shift() : undefined;
    if (ask === undefined) return;
    const id = ports.mint();
    open = id;
    then(() => ports.asked(id, ask));
  };
  return {
    isOpen: () => open !== undefined,
    ask(ask) {
      waiting.push(ask);
      next();
    },
    answer(hitlId, response) {
      if (open === undefined || hitlId !== open) return;
      open = undefined;
      then(() => ports.answered(response));
      next();
    },
    close() {
      open = undefined;
      waiting = [];
    },
  };
}
