import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { renameStep } from "./edits";
import { read } from "./read";
import { walk } from "./steps";
import { followed, inverted, queued } from "./tests";
import type { Plain, Renamed } from "./types";

const rootOf = (text: string): Plain => {
  const reading = read(text);
  if (!reading.ok) throw new Error(reading.message);
  return reading.root;
};
const journey = rootOf(`steps:
  - {id: draw, split: {half: 50, other: 50}}
  - {id: ask, ask: {options: [{id: "yes", title: Sim}, {id: later, title: Depois}]}}
  - {id: again, ask: {options: [{id: later, title: Depois}]}}
  - {id: paid, wait: {events: {settled: {event: order.paid}}, timeout: 1d}}
`);
const tests = `# Every way through.
test: demo
defaults:
  draw: {draw: half}   # the usual one
cases:
  - name: paga
    draw: {"draw": 'other'}
    script:
      - {expect: ask, text: "*ask*"}  # ask them
      - {reply: {option: yes}}
      - {skipped: 'ask'}
      - {status: delivered, of: ask}
    sent: [ask, again]
  - name: depois
    script: [{reply: {option: later}}, {event: settled}]
`;

describe("tests", () => {
  const of = (renamed: Renamed) => followed(tests, renamed, journey);
  it("call a step by its new id wherever they name it, comments and quotes kept", () =>
    expect(of({ from: "ask", to: "invite" })).toEqual({
      text: tests.replace("expect: ask", "expect: invite").replace("skipped: 'ask'", "skipped: 'invite'").replace("of: ask", "of: invite").replace("[ask,", "[invite,"),
    }));
  it("draw of a split by its new id, and its variants by theirs", () => {
    expect(of({ from: "draw", to: "lot" }).text).toBe(tests.replace("{draw: half}", "{lot: half}").replace('{"draw": ', '{"lot": '));
    expect(of({ step: "draw", from: "other", to: "rest" }).text).toBe(tests.replace("'other'", "'rest'"));
  });
  it("tap an answer by its new name", () => expect(of({ step: "ask", from: "yes", to: "agrees" }).text).toBe(tests.replace("option: yes", "option: agrees")));
  it("do not name the events of a wait", () => expect(of({ step: "paid", from: "settled", to: "done" })).toEqual({ text: tests }));
  it("stay where another question has such an answer, or they say the new name already", () => {
    expect(of({ step: "ask", from: "later", to: "soon" })).toEqual({ text: tests, astray: { step: "ask", from: "later", to: "soon", cases: ["depois"] } });
    expect(of({ step: "ask", from: "yes", to: "later" }).astray?.cases).toEqual(["paga"]);
    expect(of({ from: "ask", to: "again" })).toMatchObject({ text: tests, astray: { cases: ["paga"] } });
  });
  it("that cannot be read are said to be so", () => {
    expect(followed("cases: [", { from: "ask", to: "x" }, journey)).toEqual({ text: "cases: [", astray: { from: "ask", to: "x", cases: [] } });
    expect(followed("", { from: "ask", to: "x" }, journey)).toEqual({ text: "" });
  });
});

describe("renamings that wait", () => {
  const step = (from: string, to: string): Renamed => ({ from, to });
  const outcome = (of: string, from: string, to: string): Renamed => ({ step: of, from, to });
  const all = (...list: Renamed[]) => list.reduce<Renamed[]>(queued, []);
  it("become one when they are of one name, and none when they lead back", () => {
    expect(all(step("a", "b"), step("b", "c"))).toEqual([step("a", "c")]);
    expect(all(step("a", "b"), outcome("b", "x", "y"), step("b", "a"))).toEqual([outcome("a", "x", "y")]);
    const [one, two] = [step("a", "b"), outcome("b", "x", "y")];
    expect(all(one, two, ...inverted([one, two]))).toEqual([]);
  });
  it("call outcomes by what their step is called in the end", () => expect(all(outcome("a", "x", "y"), step("a", "b"))).toEqual([step("a", "b"), outcome("b", "x", "y")]));
});

const examples = join(import.meta.dirname, "../../../examples");
describe("every step of the examples", () => {
  for (const file of readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".test.yaml") && !f.startsWith("invalid"))) {
    it(`is renamed in ${file}, and back to the very same text`, () => {
      const before = readFileSync(join(examples, file), "utf8");
      const text = readFileSync(join(examples, file.replace(".test.", ".journey.")), "utf8");
      for (const one of walk(rootOf(text)).filter((s) => s.id)) {
        const edit = renameStep(text, one.path, "renamed_step");
        if (edit.text === undefined) throw new Error(`${one.id} was refused`);
        const there = followed(before, edit.renamed?.[0] as Renamed, rootOf(edit.text));
        expect(there.astray).toBeUndefined();
        if (new RegExp(`(expect|skipped): ${one.id}\\b`).test(before)) expect(there.text).not.toBe(before);
        expect(followed(there.text, inverted(edit.renamed ?? [])[0] as Renamed, rootOf(text))).toEqual({ text: before });
      }
    }, 60_000);
  }
});
