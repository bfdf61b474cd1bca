// The five missions of the demo as data: what is asked, what checks it, and what serve's events and the branches must show
// afterwards. Must not start or read anything.
import { isEnded } from "../outcome.ts";
import type { ServeEvent } from "../../mission/wire/events.ts";

/** What must be true afterwards, in words, and whether it is. */
export type Fact = { readonly claim: string; readonly ok: boolean };
export type SceneName = "plain" | "fixed" | "asked" | "aborted" | "recovered";
export type Scene = {
  readonly name: SceneName;
  readonly title: string;
  readonly script: readonly string[];
  readonly check: string | undefined;
  /** A file that the branch must hold, with its text; undefined: the branch must hold nothing new. */
  readonly file: readonly [path: string, text: string] | undefined;
  readonly executor: "one" | "two";
  readonly flags: readonly string[];
  /** What the events of the mission, oldest first, must show. */
  readonly facts: (events: readonly ServeEvent[]) => readonly Fact[];
};

export const ANSWER = "green";

const of = (events: readonly ServeEvent[], type: ServeEvent["event"]): ServeEvent[] => events.filter(({ event }) => event === type);
const endsAs = (events: readonly ServeEvent[], state: string): boolean => {
  const terminal = events.filter((event) => event.state !== undefined && event.event !== "mission.changed" && isEnded(event.state));
  return terminal.length === 1 && terminal[0]?.state === state;
};
const done = (events: readonly ServeEvent[]): Fact[] => [{ claim: "ended as done, once", ok: endsAs(events, "done") }];
const turns = (events: readonly ServeEvent[]): number => Math.max(0, ...of(events, "mission.progress").map(({ data }) => Number(data["iteration"] ?? 0)));

function recoveredFacts(events: readonly ServeEvent[]): Fact[] {
  const [first, second, ...more] = of(events, "mission.started");
  const back = events.find(
    ({ event, seq }) => event === "mission.queued" && first !== undefined && second !== undefined && seq > first.seq && seq < second.seq,
  );
  const { attempt: fence = 0 } = first ?? {};
  return [
    ...done(events),
    { claim: "was started twice", ok: second !== undefined && more.length === 0 },
    { claim: "went back to the queue when its executor was lost", ok: back !== undefined },
    {
      claim: "the second run has a greater fence, and ended it",
      ok: (second?.attempt ?? 0) > fence && of(events, "mission.completed")[0]?.attempt === second?.attempt,
    },
  ];
}

export const SCENES: readonly Scene[] = [
  {
    name: "plain",
    title: "Done at once",
    script: ["think 300ms", "edit hello.txt Hello from a mission"],
    check: "test -s hello.txt",
    file: ["hello.txt", "Hello from a mission"],
    executor: "one",
    flags: [],
    facts: done,
  },
  {
    name: "fixed",
    title: "Check fails, then fixed",
    script: ["1: edit greeting.txt Hullo, wrld", "2: edit greeting.txt Hello, world", "think 300ms"],
    check: "sh test.sh",
    file: ["greeting.txt", "Hello, world"],
    executor: "one",
    flags: [],
    facts: (events) => [...done(events), { claim: "needed a second turn", ok: turns(events) === 2 }],
  },
  {
    name: "asked",
    title: "Asks a person",
    script: ["ask Which colour shall the button have?", "edit-answer colour.txt"],
    check: `grep -qx ${ANSWER} colour.txt`,
    file: ["colour.txt", ANSWER],
    executor: "one",
    flags: [],
    facts: (events) => [
      ...done(events),
      { claim: "asked, and was answered once", ok: of(events, "mission.hitl_required").length === 1 && of(events, "mission.hitl_responded").length === 1 },
    ],
  },
  {
    name: "aborted",
    title: "Aborted by a person",
    script: ["edit half.txt half done", "hang"],
    check: undefined,
    file: undefined,
    executor: "one",
    flags: [],
    facts: (events) => [
      { claim: "had started", ok: of(events, "mission.started").length === 1 },
      { claim: "ended as aborted, once", ok: endsAs(events, "aborted") },
    ],
  },
  {
    name: "recovered",
    title: "Executor killed, mission recovered",
    script: ["think 2s", "edit recovered.txt survived a SIGKILL"],
    check: "test -s recovered.txt",
    file: ["recovered.txt", "survived a SIGKILL"],
    executor: "two",
    flags: ["--on-lost", "retry"],
    facts: recoveredFacts,
  },
];
