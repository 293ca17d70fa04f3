import { expect, test } from "vitest";

import { read } from "../../document/read";
import { walk } from "../../document/steps";
import { lanesOf } from "../layout/lanes";
import { chipsHeight } from "./flow";
import { compared, liveOf, markOf, taken, wentBy } from "./live";

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
  ...(ending === "stopped" ? { rest: { at: "", steps: waits.map((step_id) => ({ step_id, verb: "ask", waiting: "reply" })), next_wake_at: null, windows: [], vars: {} } } : {}),
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

test("an enrollment has passed what its log says, and stands where it waits", () => {
  const entry = (kind: string, step_id: string, result = "") => ({ seq: 0, at: "", kind, step_id, result });
  const standing = { ended_at: null, outcome: "", current_steps: [{ step_id: "desk" }], timeline: [entry("enrolled", "", "event"), entry("step", "hi", "skipped"), entry("step", "confirm"), entry("outcome", "confirm", "timeout"), entry("step", "desk")] };
  const live = wentBy(standing as never);
  expect(["confirm", "hi", "desk"].map((id) => markOf(live, id))).toEqual(["passed", undefined, "here"]);
  expect(ways(live)).toEqual([[], [], ["otherwise"]]);
  expect(markOf(wentBy({ ...standing, ended_at: "x", outcome: "completed" } as never), "desk")).toBe("passed");
});

test("a change marks the steps of both texts, a renamed one by its name in each", () => {
  const change = (kind: string, step_id?: string, was?: string) => ({ kind, class: "safe", text: "", ...(step_id ? { step_id } : {}), ...(was ? { was } : {}) });
  const changes = [change("step_added", "hi"), change("message", "hi"), change("step_removed", "desk"), change("timing", "confirm"), change("step_renamed", "new_end", "end"), change("about")] as never;
  const ids = ["hi", "desk", "confirm", "end", "new_end"];
  expect(ids.map((id) => markOf(compared(changes, "after"), id))).toEqual(["isNew", "isGone", "isChanged", undefined, "isChanged"]);
  expect(ids.map((id) => markOf(compared(changes, "before"), id))).toEqual(["isNew", "isGone", "isChanged", "isChanged", undefined]);
});

test("outcomes that go on get the room they need", () => {
  expect(chipsHeight(["Sim", "Não"], 168)).toBe(28);
  expect(chipsHeight(["Não", "outra resposta, sem resposta, não entregue"], 168)).toBe(68);
  expect(chipsHeight(["resolvido", "sem resposta"], 240)).toBe(28);
});
