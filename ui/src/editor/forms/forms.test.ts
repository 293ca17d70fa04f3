import { describe, expect, it } from "vitest";

import type { Schemas } from "../../api/client";
import { read } from "../../document/read";
import { walk, type Step } from "../../document/steps";
import { fixed } from "./fix";
import { answersOf, bringsAnswers, converted, fromButtons, valuesFor } from "./message/convert";
import { routes } from "./message/routes";
import { guessed, named, writtenAs } from "./names";
import { within } from "./problems";
import { dedented } from "./StepYaml";
import { reachable } from "./verbs/Goto";

const text = `inputs: {starts_at: time, unit: {name: string}}
vars: {attempts: 0, slot: string?}
steps:
  - id: ask_them
    ask:
      whatsapp: {text: Oi}
      fallback: [{sms: {text: a}}, {sms: {text: b}, within: 1h}]
      options: [{id: sim, title: Sim}]
    branches:
      sim: [{id: inner, send: {sms: {text: "é {{ contact.citi }}"}}}]
      timeout: []
  - {id: hook, call: {method: GET, url: x, returns: {code: string}}}
`;
const reading = read(text);
if (!reading.ok) throw new Error(reading.message);
const { root, at } = reading;
const steps = walk(root);
const step = (id: string): Step => steps.find((s) => s.id === id) as Step;
const channel = (more: Partial<Schemas["SchemaChannel"]>): Schemas["SchemaChannel"] => ({ channel: "sms", title: "", letter: false, templates: false, approved: false, segments: false, media: false, reactions: [], buttons: 0, button_title: 0, list_rows: 0, list_title: 0, section_title: 0, text: 0, interactive: 0, footer: 0, window_seconds: 0, template_body: 0, template_button: 0, ...more });
const schema: Schemas["Schema"] = {
  workspace: "", timezone: "", segments: [], schedules: [], queues: [], journeys: [], accept: [],
  contact: [{ path: "first_name", type: "string", optional: false, personal: false }],
  events: { "order.paid": [{ path: "total", type: "number", optional: false, personal: false }] },
  channels: [channel({ channel: "whatsapp", window_seconds: 86_400 })],
  sms: { basic: "", extended: "", single: 160, part: 153, wide_single: 70, wide_part: 67, smart_encoding: false, plain: {} },
};

describe("names", () => {
  const paths = named(root, steps, schema, step("inner"), "order.paid").map((n) => n.path);
  it("are those of contact, inputs, variables, steps, event and window", () => {
    for (const path of ["contact.first_name", "inputs.starts_at", "inputs.unit.name", "vars.attempts", "steps.ask_them.outcome", "steps.ask_them.text", "steps.hook.body.code", "event.total", "window.whatsapp.open", "now"]) expect(paths).toContain(path);
    expect(paths.filter((p) => p.startsWith("steps.inner"))).toEqual([]);
  });
  it("map to a template's parameters by name", () => {
    const names = named(root, steps, schema);
    expect(guessed("starts_at", names)?.path).toBe("inputs.starts_at");
    expect(guessed("nome", names)?.path).toBe("contact.first_name");
    expect(guessed("when", names)?.path).toBe("inputs.starts_at");
    expect(guessed("coupon", names)).toBeUndefined();
    expect(writtenAs({ path: "inputs.starts_at", type: "time" })).toBe("{{ format(inputs.starts_at, 'dd/MM HH:mm') }}");
  });
});

describe("messages", () => {
  it("have their routes in order, and the places that translations use", () => {
    const found = routes(step("ask_them").body, [...step("ask_them").path, "ask"], ["whatsapp", "sms"]);
    expect(found.map((r) => [r.nth, r.place, r.within])).toEqual([[0, "whatsapp", ""], [1, "sms", ""], [2, "sms2", "1h"]]);
  });
  it("keep what they say on another channel", () => {
    expect(converted({ text: "Oi", footer: "x" }, channel({}))).toEqual({ text: "Oi" });
    expect(converted({ text: "Oi" }, channel({ letter: true }))).toEqual({ subject: "", markdown: "Oi" });
    expect(converted({ subject: "a", markdown: "b" }, channel({}))).toEqual({ text: "b" });
  });
  it("take options from buttons, and keep the ids that stand", () =>
    expect(fromButtons(["Confirmar", "Sim", "No"], [{ id: "ok", title: "Confirmar", section: "", match: ["s"] }])).toEqual([{ id: "ok", title: "Confirmar", section: "", match: ["s"] }, { id: "sim", title: "Sim", section: "", match: [] }, { id: "no_option", title: "No", section: "", match: [] }]));
  it("bring answers that something happens on already to no template", () => {
    const question = { options: [{ id: "agree", title: "Sim" }, { id: "decline", title: "Não" }] };
    expect(bringsAnswers(["Quero", "Sim"], question, { agree: [], decline: [] })).toBe(true);
    expect(bringsAnswers(["Quero", "Sim"], question, { decline: [{ id: "end", exit: "no" }] })).toBe(false);
    expect(bringsAnswers(["Quero"], question, { agree: [{ id: "end", exit: "no" }] })).toBe(false);
    expect([bringsAnswers([], question, {}), bringsAnswers(["Sim", "Não"], question, {}), bringsAnswers(["Sim"], {}, {})]).toEqual([false, false, false]);
  });
  it("give each new button a branch, and take the empty branches of answers that go", () => {
    const before = "steps:\n  - id: q\n    ask: {options: [{id: agree, title: Sim}, {id: decline, title: Não}]}\n    branches: {agree: [], decline: []}\n";
    const now = read(before);
    if (!now.ok) throw new Error(now.message);
    const [q] = walk(now.root) as [Step];
    const after = answersOf(["Quero", "Sim"], q.body, { agree: [], decline: [] }, q.path).reduce((text, edit) => edit(text).text ?? "refused", before);
    expect(after).toBe("steps:\n  - id: q\n    ask: {options: [{id: quero, title: Quero}, {id: agree, title: Sim}]}\n    branches: {agree: [], quero: [], timeout: []}\n");
  });
  it("fill parameters, and keep those that stand", () => {
    const template = { name: "t", channel: "whatsapp", language: "", category: "", status: "", params: ["name", "coupon"], buttons: [], body: "", subject: "", markdown: "", named: false, components: [], journeys: [], locked: true, synced_at: null };
    expect(valuesFor(template, named(root, steps, schema), { coupon: "BF20" })).toEqual({ name: "{{ contact.first_name }}", coupon: "BF20" });
  });
});

describe("problems", () => {
  const line = text.split("\n").findIndex((l) => l.includes("citi")) + 1;
  const column = [...(text.split("\n")[line - 1] as string)].join("").indexOf("citi") + 1;
  it("belong to the field they point into", () => {
    const body = [...step("inner").path, "send", "sms", "text"];
    expect(within({ line, column }, at(body))).toBe(true);
    expect(within({ line, column: 3 }, at(body))).toBe(false);
    expect(within({ line, column }, at([...step("inner").path, "id"]))).toBe(false);
    expect(within({ line, column }, undefined)).toBe(false);
  });
  it("are mended by the checker's edit, and by nothing else", () => {
    const fix = [{ line, column, end_line: line, end_column: column + 4, text: "city" }];
    expect(fixed(text, fix).text).toBe(text.replace("citi", "city"));
    expect(fixed("a: 😀b\n", [{ line: 1, column: 5, end_line: 1, end_column: 6, text: "c" }]).text).toBe("a: 😀c\n");
    expect(fixed('a: "bb"\n', [{ line: 1, column: 4, end_line: 1, end_column: 8, text: "cc" }]).text).toBe('a: "cc"\n');
    expect(fixed("a\n", [{ line: 9, column: 1, end_line: 9, end_column: 2, text: "b" }])).toMatchObject({ refused: "missing", line: 9 });
  });
});

describe("steps", () => {
  it("jump within their list and the lists around it", () => {
    expect(reachable(step("inner"), steps).map((s) => s.id)).toEqual(["ask_them", "hook"]);
    expect(reachable(step("hook"), steps).map((s) => s.id)).toEqual(["ask_them"]);
  });
  it("are shown without the indentation around them", () => expect(dedented("    # why\n    - id: a\n      wait: {for: 1h}\n")).toBe("# why\n- id: a\n  wait: {for: 1h}\n"));
});
