import { expect, test } from "vitest";

import { addressesOf, agreed, isMoment, leaves, left, nameOf, shown, type Contact } from "./show";

const ana = {
  id: "ana",
  attributes: { first_name: "Ana" },
  addresses: { phone: "+5511900000001", email: ["a@x.example", "b@x.example"], wa_id: null },
  opt_in: { whatsapp: true, sms: false },
} as unknown as Contact;

test("a contact is called by name and reached by address", () => {
  expect(nameOf(ana)).toBe("Ana");
  expect(nameOf({ ...ana, attributes: {} })).toBe("ana");
  expect(addressesOf(ana).map((a) => `${a.kind} ${a.value}`)).toEqual(["phone +5511900000001", "email a@x.example", "email b@x.example"]);
  expect(agreed(ana)).toEqual(["whatsapp"]);
});

test.each([
  ["2026-01-01T03:05:00Z", "3 h 05 min"],
  ["2026-01-01T00:00:30Z", "1 min"],
  ["2025-12-31T23:00:00Z", "0 min"],
])("until %s it is %s", (until, want) => {
  expect(left(until, Date.parse("2026-01-01T00:00:00Z"))).toBe(want);
});

test.each([[null, "—"], [{ a: 1 }, '{"a":1}'], [0, "0"], [false, "false"]])("%j is shown as %s", (value, want) => {
  expect(shown(value)).toBe(want);
});

test("what is inside of a value is named by both, and a moment is known", () => {
  expect(leaves({ total: 3, unit: { name: "Centro", at: { city: "SP" } }, items: ["a"] })).toEqual([["total", 3], ["unit.name", "Centro"], ["unit.at.city", "SP"], ["items", ["a"]]]);
  expect(["2026-11-28T11:57:18.521Z", "2026-11-28T11:57:18-03:00", "2026-11-28", "hoje"].map(isMoment)).toEqual([true, true, false, false]);
});
