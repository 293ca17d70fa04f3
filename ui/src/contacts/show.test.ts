import { expect, test } from "vitest";

import { addressesOf, agreed, left, nameOf, shown, type Contact } from "./show";

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
