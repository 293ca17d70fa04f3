import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { chatOf } from "./chat";
import { asCase, localTime, momentOf, nextMinute, scenario, withCase, type Case, type Sample } from "./script";

const sample: Sample = { now: "2026-03-09T10:00", contact: { first_name: "Ana" }, inputs: { appointment_id: "A1" } };
const line = (at: string, by: "journey" | "world", step: string, verb: string, more = {}) => ({ at, by, step_id: step, verb, text: "", cost: { currency: "BRL", low: 0, high: 0, unknown: [], money: "", text: "" }, ...more });
const played = {
  name: "exploration", passed: true, ending: "stopped", started_at: "2026-03-09T13:00:00Z", ended_at: "2026-03-10T17:01:00Z", text: "",
  lines: [
    line("2026-03-10T17:00:00Z", "journey", "confirm", "ask", { channel: "whatsapp" }),
    line("2026-03-10T17:01:00Z", "world", "", "reply"),
    line("2026-03-10T17:01:00Z", "journey", "save", "call"),
    line("2026-03-10T17:01:00Z", "journey", "tag", "update"),
  ],
  rest: { at: "2026-03-10T17:01:00Z", steps: [], next_wake_at: null, windows: [] },
} as unknown as Case;
const script = { acts: [{ at: "2026-03-10T14:01", reply: { option: "confirmed", via: "whatsapp" } }] };

describe("scripts", () => {
  it("write moments in the journey's own time", () => {
    expect(localTime(new Date("2026-03-10T17:00:30Z"), "America/Sao_Paulo")).toBe("2026-03-10T14:00");
    expect(localTime(new Date("2026-03-11T02:00:00Z"), "America/Sao_Paulo")).toBe("2026-03-10T23:00");
    expect(nextMinute("2026-03-10T17:00:30.5Z").toISOString()).toBe("2026-03-10T17:01:00.000Z");
    expect(nextMinute("2026-03-10T17:00:00Z").toISOString()).toBe("2026-03-10T17:01:00.000Z");
  });

  it("read a moment by the clock of the journey's zone, across a change of its hour", () => {
    for (const at of ["2026-03-10T17:00:00.000Z", "2026-12-31T23:59:00.000Z"]) expect(momentOf(localTime(new Date(at), "America/Sao_Paulo"), "America/Sao_Paulo").toISOString()).toBe(at);
    for (const at of ["2026-03-28T23:30:00.000Z", "2026-03-29T01:30:00.000Z"]) expect(momentOf(localTime(new Date(at), "Europe/Lisbon"), "Europe/Lisbon").toISOString()).toBe(at);
  });

  it("are sent as a scenario of one case", () => {
    expect(parse(scenario("confirm", sample, script))).toMatchObject({ test: "confirm", cases: [{ stop: true, script: script.acts }] });
  });

  it("become a test: what the journey did is expected, what the world did is done again", () => {
    const made = asCase("confirma", sample, played, script, "America/Sao_Paulo");
    expect(made).toMatchObject({
      stop: true,
      script: [{ expect: "confirm", at: "2026-03-10T14:00", via: "whatsapp" }, { at: "2026-03-10T14:01", reply: { option: "confirmed" } }, { expect: "save", respond: { status: 200 } }],
    });
  });

  it("are added to a test file without touching the rest of it", () => {
    const made = asCase("confirma: no botão", sample, played, script, "America/Sao_Paulo");
    const first = withCase("", "confirm", made);
    const second = withCase(first + "# fim\n", "confirm", { ...made, name: "outra" });
    expect(second.startsWith(first + "# fim\n")).toBe(true);
    const read = parse(second) as { cases: { name: string }[] };
    expect(read.cases.map((c) => c.name)).toEqual(["confirma: no botão", "outra"]);
    expect(second).toContain('- {expect: confirm, at: "2026-03-10T14:00", via: whatsapp}');
  });
});

describe("the phone", () => {
  const reacts = (emoji: string, more = {}) => line("", "journey", "seen", "send", { channel: "whatsapp", content: { reaction: { emoji, to: "x" } }, ...more });
  const says = (text: string) => line("", "world", "", "reply", { text });
  const chat = (...lines: object[]) => chatOf(lines as Case["lines"], "whatsapp").map((s) => [s.line.text || s.line.verb, s.reaction]);

  it("shows a reaction on the person's newest message of the channel", () =>
    expect(chat(says("whatsapp  oi"), says("whatsapp  sim"), says("sms  ok"), reacts("👍"))).toEqual([["whatsapp  oi", undefined], ["whatsapp  sim", "👍"]]));
  it("says what stood on the button that was pressed, and what was written as it is", () => {
    const asked = line("", "journey", "confirm", "ask", { channel: "whatsapp", content: { choices: [{ id: "confirmed", title: "Confirmar", payload: "" }] } });
    const answers = chatOf([asked, says("whatsapp confirmed"), says("whatsapp  bom dia, tudo bem?")] as Case["lines"], "whatsapp").map((s) => s.answer);
    expect(answers).toEqual([undefined, "Confirmar", "bom dia, tudo bem?"]);
  });
  it("shows the last one only, and none that was taken back", () => {
    expect(chat(says("whatsapp  oi"), reacts("👍"), reacts("✅"))).toEqual([["whatsapp  oi", "✅"]]);
    expect(chat(says("whatsapp  oi"), reacts("👍"), reacts(""))).toEqual([["whatsapp  oi", ""]]);
  });
  it("keeps a reaction as a line where there is nothing to react to, or it did not go", () => {
    expect(chat(reacts("👍"))).toEqual([["send", undefined]]);
    expect(chat(says("whatsapp  oi"), reacts("👍", { refused: "no_message" }))).toEqual([["whatsapp  oi", undefined], ["send", undefined]]);
  });
});
