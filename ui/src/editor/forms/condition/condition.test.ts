import { describe, expect, it } from "vitest";

import { parse, print, textOf, type Condition, type Row, type Value } from "./condition";

/** A small generator of numbers, the same for the same seed. */
function random(seed: number) {
  let s = seed >>> 0;
  return (n: number) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * n);
  };
}

const pick = <T,>(r: (n: number) => number, list: readonly T[]): T => list[r(list.length)] as T;
const fields = ["contact.city", "inputs.total", "steps.rate?.score", "event.unit.name", "window.whatsapp.open", "vars.attempts", "now"] as const;
const texts = ["", "SP", 'dá "aspas"', "d'água", "a\\b", "linha\noutra", "x and y", " in [", "{{ a }}", "ação 😀"] as const;

function anyValue(r: (n: number) => number): Value {
  switch (r(3)) {
    case 0:
      return { kind: "text", text: pick(r, texts), quote: pick(r, ['"', "'"] as const) };
    case 1:
      return { kind: "plain", raw: pick(r, ["0", "-3", "12.50", "true", "false", "nil"]) };
    default:
      return { kind: "moment", raw: pick(r, ["now", "inputs.starts_at", "now + hours(3)", "inputs.starts_at - days(2)"]) };
  }
}

function anyRow(r: (n: number) => number): Row {
  const field = pick(r, fields);
  const not = pick(r, ["", "not ", "!"] as const);
  const text = () => ({ kind: "text", text: pick(r, texts), quote: pick(r, ['"', "'"] as const) }) as const;
  switch (r(6)) {
    case 0:
      return { kind: "is", field, not };
    case 1:
      return { kind: "compare", field, op: pick(r, ["==", "!=", ">", ">=", "<", "<="] as const), value: anyValue(r) };
    case 2:
      return { kind: "text", field, op: pick(r, ["contains", "startsWith", "endsWith"] as const), value: text() };
    case 3:
      return { kind: "member", field, value: text(), not };
    case 4:
      return { kind: "oneOf", field, values: Array.from({ length: 1 + r(3) }, text) };
    default:
      return { kind: "has", field, not };
  }
}

const anyCondition = (r: (n: number) => number): Condition => {
  const rows = Array.from({ length: 1 + r(4) }, () => anyRow(r));
  return { join: rows.length > 1 ? pick(r, ["and", "or", "&&", "||"] as const) : "and", rows };
};

describe("conditions", () => {
  it("reads back what it prints", () => {
    for (let seed = 0; seed < 3000; seed++) {
      const made = anyCondition(random(seed));
      expect(parse(print(made)), print(made)).toEqual(made);
    }
  });

  it("prints what it reads byte by byte, or refuses it", () => {
    let drawn = 0;
    for (let seed = 0; seed < 6000; seed++) {
      const r = random(seed);
      let source = print(anyCondition(r));
      for (let n = r(3); n >= 0; n--) {
        const at = r(source.length + 1);
        source = pick(r, [source.slice(0, at) + source.slice(at + 1), source.slice(0, at) + pick(r, [" ", "(", ")", '"', "not ", "and", "?", "??", "!", "\\"]) + source.slice(at)]);
      }
      const c = parse(source);
      if (c) {
        drawn++;
        expect(print(c)).toBe(source);
      }
    }
    expect(drawn).toBeGreaterThan(200);
  });

  it.each([
    "contact.opt_in.whatsapp",
    "not contact.opt_in.sms",
    "window.whatsapp.open and contact.visits > 3",
    'contact.opt_in.whatsapp and not ("vip_private" in contact.tags)',
    "event.appointment_id == inputs.appointment_id",
    "inputs.starts_at > now + hours(3)",
    'steps.offer?.outcome == "accepted"',
    "not has(steps.next_candidate.body.contact_id)",
    'contact.city in ["SP", "Campinas"]',
    "vars.nudges >= 2",
  ])("draws %s", (source) => {
    const c = parse(source);
    expect(c && print(c)).toBe(source);
  });

  it.each([
    "",
    "a and b or c",
    "(contact.visits > 3) and contact.vip",
    "contact.visits>3",
    "contact.visits  > 3",
    'any(contact.tags, # == "vip")',
    "contact.last_nps ?? 0 > 6",
    "not contact.visits > 3",
    "not has(contact.city) ",
    '"\\u00e1" in contact.tags',
    "len(contact.tags) > 2",
    "contact.city == upper(vars.slot)",
    "true and",
    "contact.city == 'SP' ? 1 : 2",
  ])("leaves %s as code", (source) => expect(parse(source)).toBeUndefined());

  it("writes new texts in double quotes", () => {
    expect(print({ join: "or", rows: [{ kind: "compare", field: "contact.city", op: "==", value: textOf('S"P') }] })).toBe('contact.city == "S\\"P"');
  });
});
