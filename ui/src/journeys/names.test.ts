import { expect, test } from "vitest";

import { idFor, idIn, nameIn, renamed } from "./names";

test.each([
  ["Confirmação de consulta", [], "confirmacao_de_consulta"],
  ["Confirmação de consulta", ["confirmacao_de_consulta"], "confirmacao_de_consulta_2"],
  ["2 vezes", [], "vezes"],
  ["…", [], "jornada"],
  ["…", ["jornada", "jornada_2"], "jornada_3"],
  ["x".repeat(80), [], "x".repeat(40)],
] as [string, string[], string][])("%s beside %j is %s", (name, taken, want) => {
  expect(idFor(name, taken)).toBe(want);
});

const file = `# A comment
dsl: 1
journey: "hello" # stays
name: 'Olá'
steps:
  - {id: journey, exit: done}
`;

test("a copy differs in its two lines", () => {
  expect(idIn(file)).toBe("hello");
  expect(nameIn(file)).toBe("Olá");
  expect(renamed(file, "hello_2", "Olá: cópia")).toBe(file.replace('"hello"', "hello_2").replace("'Olá'", '"Olá: cópia"'));
  expect(nameIn(renamed(file, "hello_2", "Olá: cópia"))).toBe("Olá: cópia");
});

test("a copy of one without a name gets one", () => {
  expect(renamed("dsl: 1\njourney: a\nsteps: []\n", "b", "B")).toBe('dsl: 1\njourney: b\nname: "B"\nsteps: []\n');
  expect(idIn("steps: []")).toBe("");
});
