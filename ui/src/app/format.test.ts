import { expect, test } from "vitest";

import { momentsIn } from "./format";

const now = () => Date.parse("2026-05-10T12:00:00Z");

test("moments are said as people say them, in the zone that is asked for", () => {
  const pt = momentsIn("pt-BR", "America/Sao_Paulo", now);
  expect(pt("2026-05-12T17:30:00Z")).toBe("ter, 12/05 às 14h30");
  expect(pt("2026-05-13T03:05:00Z")).toBe("qua, 13/05 às 00h05");
  expect(pt("2027-05-12T17:30:00Z")).toBe("12/05/2027 às 14h30");
  expect(momentsIn("pt-BR", "America/Manaus", now)("2026-05-12T17:30:00Z")).toBe("ter, 12/05 às 13h30");
  expect(momentsIn("en", "America/Sao_Paulo", now)("2026-05-12T17:30:00Z").replace(/\s/g, " ")).toBe("Tue, 05/12, 02:30 PM");
});
