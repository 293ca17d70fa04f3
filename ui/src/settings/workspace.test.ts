import { expect, test } from "vitest";

import { attributesOf, daysIn, flowOf, spliced } from "./workspace";

const text = `workspace: clinica # the demo
timezone: America/Sao_Paulo
contact:
  first_name: string
  email: {type: string?, pii: true}   # personal
schedules:
  # The front desk.
  desk: {days: mon-fri, from: "08:00", to: "18:00", holidays: br_sp}  # with holidays
queues: [reception, quality]
`;

test("hours are changed where they stand, and comments stay", () => {
  expect(spliced(text, [{ path: ["schedules", "desk", "from"], value: "07:30" }, { path: ["schedules", "desk", "holidays"], value: undefined }])).toBe(
    text.replace(`from: "08:00", to: "18:00", holidays: br_sp`, `from: "07:30", to: "18:00"`),
  );
});

test("a queue, hours and an attribute are added", () => {
  const out = spliced(text, [
    { path: ["queues", 2], value: "billing" },
    { path: ["schedules", "night"], value: { days: "all", from: "20:00", to: "23:00" } },
    { path: ["contact", "phone"], value: { type: "string?", pii: true } },
  ]);
  expect(out).toContain("queues: [reception, quality, billing]");
  expect(out).toContain(`  night: {days: all, from: "20:00", to: "23:00"}`);
  expect(out).toContain(`  phone: {type: string?, pii: true}`);
  expect(out).toContain("# The front desk.");
});

test("what cannot be read is not changed", () => {
  expect(() => spliced("queues: [a", [{ path: ["queues", 1], value: "b" }])).toThrow("1");
});

test("words stand plain, hours in quotes", () => {
  expect(flowOf({ days: ["mon", "wed"], from: "09:00", pii: true, type: "list<string>?" })).toBe(`{days: [mon, wed], from: "09:00", pii: true, type: list<string>?}`);
});

test("days are said as people say them", () => {
  expect(daysIn("mon-fri", "pt-BR")).toBe("seg-sex");
  expect(daysIn(["mon", "sat"], "pt-BR")).toBe("seg, sáb");
  expect(daysIn(undefined, "en")).toBe("all");
});

test("attributes are read in either way of writing them", () => {
  expect(attributesOf({ a: "string", b: { type: "time?", pii: true }, unit: { name: "string", map_url: "string" } })).toEqual([
    { name: "a", type: "string", optional: false, personal: false },
    { name: "b", type: "time", optional: true, personal: true },
    { name: "unit", type: "name, map_url", optional: false, personal: false },
  ]);
});
