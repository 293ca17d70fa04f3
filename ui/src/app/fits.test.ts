import { expect, test } from "vitest";

import { fits } from "./fits";

test.each([
  ["Confirmação de consulta", "confirmacao", true],
  ["Confirmação de consulta", "CONS conf", true],
  ["Confirmação de consulta", "consultas", false],
  ["Confirmação de consulta", "", true],
  ["Ação", "acao ", true],
])("%s by %s: %s", (text, search, want) => {
  expect(fits(text, search)).toBe(want);
});
