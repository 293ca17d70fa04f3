import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fill, pieces } from "./fill";
import { measured, written, type Channel, type Message } from "./limits";
import { sampleOf } from "./samples";
import { cheaper, counted, measure, type SmsRules } from "./sms";

const rules: SmsRules = {
  basic: "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
  extended: "\f^{}\\[~]|€",
  single: 160,
  part: 153,
  wide_single: 70,
  wide_part: 67,
  smart_encoding: false,
  plain: { "“": '"', "”": '"', "–": "-", "…": "...", "\u200b": "" },
};
const smart: SmsRules = { ...rules, smart_encoding: true };
const none: Channel = { channel: "webchat", title: "x", letter: false, templates: false, approved: false, segments: false, media: false, reactions: [], buttons: 0, button_title: 0, list_rows: 0, list_title: 0, section_title: 0, text: 0, interactive: 0, footer: 0, window_seconds: 0, template_body: 0, template_button: 0 };
const whatsapp: Channel = { ...none, channel: "whatsapp", approved: true, buttons: 3, button_title: 20, list_rows: 10, list_title: 24, section_title: 24, text: 4096, interactive: 1024, footer: 60, template_body: 1024, template_button: 25 };
const sms: Channel = { ...none, channel: "sms", segments: true, text: 1600 };
const message = (more: Partial<Message>): Message => ({ channel: "whatsapp", text: "Oi", options: [], fromTemplate: false, ...more });

describe("SMS", () => {
  it.each([
    ["", "GSM-7", 0, 1, 160],
    ["x".repeat(160), "GSM-7", 160, 1, 0],
    ["x".repeat(161), "GSM-7", 161, 2, 145],
    ["€".repeat(80), "GSM-7", 160, 1, 0],
    [`${"x".repeat(152)}€${"x".repeat(10)}`, "GSM-7", 164, 2, 141],
    ["ã".repeat(70), "UCS-2", 70, 1, 0],
    ["ã".repeat(71), "UCS-2", 71, 2, 63],
    [`${"a".repeat(66)}😀b`, "UCS-2", 69, 1, 1],
  ] as const)("counts %j", (text, encoding, units, segments, left) => expect(measure(text, rules)).toMatchObject({ encoding, units, segments, left }));

  it("names what is outside the alphabet, once each", () => {
    expect(measure("Olá, não há maçã à mão, é 😀", rules).outside).toEqual(["á", "ã", "ç", "😀"]);
    expect(measure("É à Ç", rules).outside).toEqual([]);
  });

  const shared = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../dsl/sms/testdata/cheaper.json"), "utf8")) as { name: string; text: string; cheaper: string }[];
  it.each(shared)("leaves accents out as the server does: $name", (c) => expect(cheaper(c.text, smart).text).toBe(c.cheaper));

  it("counts with smart encoding what is sent, and says what that saved", () => {
    const text = "Olá, Ana! Confirmamos a sua sessão de fisioterapia amanhã às 14h30. Responda SIM ou NÃO.";
    expect(counted(text, rules)).toMatchObject({ encoding: "UCS-2", segments: 2, outside: ["á", "ã", "Ã"] });
    expect(counted(text, smart)).toEqual({ encoding: "GSM-7", units: 88, segments: 1, left: 72, outside: [], spared: { segments: 2, encoding: "UCS-2" } });
    expect(counted("Até amanhã!", smart)).toMatchObject({ encoding: "UCS-2", segments: 1, outside: [] });
    expect(counted(`${text} 😀`, smart)).toMatchObject({ encoding: "UCS-2", segments: 2, outside: ["😀"] });
    expect(counted(text, smart)).toEqual(measured({ channel: "sms", text, options: [], fromTemplate: false }, sms, smart).sms);
  });

  it("numbers choices, unless the text has them", () => {
    const options = ["Confirmar", "Cancelar"];
    expect(written(message({ options }), "numbered")).toBe("Oi\n1. Confirmar\n2. Cancelar");
    const own = "Responda 1 confirmar, 2 cancelar";
    expect(written(message({ options, text: own }), "numbered")).toBe(own);
    expect(written(message({ options, text: "Podemos confirmar?" }), "numbered")).toContain("1. Confirmar");
  });
});

describe("limits", () => {
  const of = (more: Partial<Message>, channel = whatsapp) => measured(message(more), channel, rules);
  const over = (more: Partial<Message>, channel = whatsapp) => of(more, channel).counts.filter((c) => c.level === "over").map((c) => [c.part, c.used, c.most, ...(c.nth === undefined ? [] : [c.nth])]);

  it("marks a button of 21 characters", () => expect(over({ options: ["Sim", "x".repeat(21)] })).toEqual([["button", 21, 20, 1]]));
  it("marks a footer of 61", () => expect(over({ footer: "x".repeat(61) })).toEqual([["footer", 61, 60]]));
  it("turns a fourth option into a list", () => {
    expect(of({ options: ["a", "b", "c"] }).shape).toBe("buttons");
    expect(of({ options: ["a", "b", "c", "d"] }).shape).toBe("list");
    expect(over({ options: Array.from({ length: 11 }, (_, i) => `o${i}`) })).toEqual([["options", 11, 10]]);
    expect(over({ options: ["a", "b", "c", "x".repeat(25)] })).toEqual([["row", 25, 24, 3]]);
  });
  it("makes a list of answers with sections, however few", () => {
    const two = { options: ["8h", "14h"], sections: ["Manhã", "x".repeat(25)] };
    expect(of(two).shape).toBe("list");
    expect(over(two)).toEqual([["section", 25, 24, 1]]);
    expect(of(two, { ...whatsapp, section_title: 0 }).shape).toBe("buttons");
    expect(written(message(two), "numbered")).toBe(`Oi\nManhã\n1. 8h\n${"x".repeat(25)}\n2. 14h`);
    expect(written(message({ ...two, sections: ["Manhã", "Manhã"] }), "numbered")).toBe("Oi\nManhã\n1. 8h\n2. 14h");
  });
  it("knows a text from the body of a message with buttons", () => {
    expect(over({ text: "x".repeat(1025) })).toEqual([]);
    expect(over({ text: "x".repeat(4097) })).toEqual([["text", 4097, 4096]]);
    expect(over({ text: "x".repeat(1025), options: ["a"] })).toEqual([["body", 1025, 1024]]);
  });
  it("counts a template as one", () => expect(over({ text: "x".repeat(1025), fromTemplate: true, options: ["x".repeat(25), "x".repeat(26)] })).toEqual([["template", 1025, 1024], ["button", 26, 25, 1]]));
  it("warns from 80 %", () => {
    expect(of({ footer: "x".repeat(47) }).counts.at(-1)?.level).toBe("fine");
    expect(of({ footer: "x".repeat(48) }).counts.at(-1)?.level).toBe("near");
    expect(of({ footer: "x".repeat(60) }).counts.at(-1)?.level).toBe("near");
  });
  it("counts nothing of a reaction", () => expect(of({ text: "", reaction: "👍", options: ["a"] })).toEqual({ shape: "none", counts: [] }));
  it("counts characters, not UTF-16 units", () => expect(of({ options: ["😀".repeat(20)] }).counts.filter((c) => c.level === "over")).toEqual([]));
  it("counts the numbered lines of an SMS", () => expect(of({ text: "x".repeat(150), options: ["Sim", "Não"] }, sms).sms).toMatchObject({ encoding: "UCS-2", segments: 3, outside: ["ã"] }));
});

describe("fill", () => {
  const schema = { contact: [{ path: "city", type: "string" as const, optional: true, personal: false }] };
  const sample = (who: "usual" | "nameless" | "long") =>
    sampleOf(who, { ...schema, workspace: "", timezone: "", events: {}, segments: [], schedules: [], queues: [], journeys: [], channels: [], sms: rules, accept: [] }, { inputs: { starts_at: "time", total: "number?", unit: { name: "string" } }, vars: { slot: "tarde" } }, "pt-BR", new Date(2026, 2, 9, 10, 0));

  it.each([
    ["Oi {{ contact.first_name }}!", "Oi Marina!"],
    ["{{ format(inputs.starts_at, 'dd/MM HH:mm') }}", "11/03 14:30"],
    ["{{ contact.city ?? 'sua cidade' }}", "city"],
    ["em {{ inputs.unit.name }} à {{vars.slot}}", "em name à tarde"],
    ["{{ len(contact.tags) > 2 ? 'a' : 'b' }}", "[len(contact.tags) > 2 ? 'a' : 'b']"],
    ["{{ '}}' + contact.nobody }}", "['}}' + contact.nobody]"],
    ["sem {{ fim", "sem {{ fim"],
  ])("fills %s", (text, want) => expect(fill(text, sample("usual"), "pt-BR")).toBe(want));

  it("writes money", () => expect(fill("{{ money(inputs.total) }}", sample("usual"), "pt-BR").replace("\u00a0", " ")).toBe("R$ 89,90"));
  it("fills a template's parameters", () => expect(fill("Olá {{name}}, {{when}}", sample("usual"), "pt-BR", { name: "{{ contact.first_name }}" })).toBe("Olá Marina, [when]"));
  it("has a long name and none", () => {
    expect([...fill("{{ contact.first_name }}", sample("long"), "pt-BR")]).toHaveLength(40);
    expect(fill("{{ contact.first_name ?? 'você' }}", sample("nameless"), "pt-BR")).toBe("você");
  });
  it("cuts a text at its expressions", () => expect(pieces("a {{ b }} c")).toEqual([{ code: false, text: "a " }, { code: true, text: "b" }, { code: false, text: " c" }]));
});
