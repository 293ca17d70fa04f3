import { expect, test } from "vitest";

import { read } from "../../document/read";
import { walk } from "../../document/steps";
import { lanesOf } from "../layout/lanes";
import { liveOf, markOf, taken } from "./live";

const reading = read(`steps:
  - id: confirm
    ask: {options: [{id: yes_please}, {id: no_thanks}]}
    branches: {yes_please: [{id: hi, send: {}}], no_thanks: [], otherwise: [{id: desk, handoff: {}}]}
  - {id: end, exit: done}
`);
const [confirm] = reading.ok ? walk(reading.root) : [];
const outcome = (step_id: string, outcome: string, count: number) => ({ step_id, outcomes: [{ outcome, count }] });
const played = (lines: string[], waits: string[], ending = "stopped") => ({
  name: "", passed: true, ending, started_at: "", ended_at: "", text: "", cost: { currency: "BRL", low: 0, high: 0, unknown: [], money: "", text: "" },
  lines: lines.map((step_id) => ({ at: "", by: "journey" as const, step_id, verb: "ask", text: "" })),
  ...(ending === "stopped" ? { rest: { at: "", steps: waits.map((step_id) => ({ step_id, verb: "ask", waiting: "reply" })), next_wake_at: null, windows: [] } } : {}),
});
const ways = (live: ReturnType<typeof liveOf>) => lanesOf(confirm!).map((lane) => taken(live, confirm!, lane));

test("who was asked and waits has left by no lane", () => {
  const live = liveOf(played(["confirm"], ["confirm"]), [outcome("confirm", "yes_please", 0)]);
  expect([markOf(live, "confirm"), markOf(live, "hi"), live.completed]).toEqual(["here", undefined, false]);
  expect(ways(live)).toEqual([[], [], []]);
});

test("an answer leads by its own lane, and what has none by that of all others", () => {
  const yes = liveOf(played(["confirm", "hi"], []), [outcome("confirm", "yes_please", 1), outcome("hi", "sent", 1)]);
  expect([markOf(yes, "confirm"), markOf(yes, "hi"), markOf(yes, "desk")]).toEqual(["passed", "passed", undefined]);
  expect(ways(yes)).toEqual([["yes_please"], [], []]);
  expect(ways(liveOf(played(["confirm"], ["desk"]), [outcome("confirm", "timeout", 1)]))).toEqual([[], [], ["otherwise"]]);
});

test("before the first play nobody has moved; a journey that ended by itself stands at its end", () => {
  expect(liveOf(undefined, [])).toEqual({ passed: new Map(), here: new Set(), last: "", completed: false });
  expect(liveOf(played([], [], "completed"), []).completed).toBe(true);
});
