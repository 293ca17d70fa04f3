import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import type { Plain } from "../../document/types";
import { flow, fold } from "./plain";

describe("flow", () => {
  it.each<Plain>([
    "Oi",
    "Olá, {{ contact.first_name }}!",
    "{{ a }}",
    "a: b",
    "a #b",
    "yes",
    "No",
    "0123",
    "20:30",
    "2026-03-10",
    "!a",
    "- x",
    "",
    " x ",
    "x\ny",
    "'q' \"r\"",
    "inputs.starts_at - hours(4)",
    'steps.a.outcome == "b"',
    "Dá certo? Sim!",
    "3",
    "~",
    3,
    -1.5,
    true,
    null,
    [],
    {},
    [{ id: "a", title: "Não, obrigado", match: ["não", "n"] }],
    { "a b": { c: [1, "2", null] }, seed: "x" },
  ])("writes %j so that YAML reads it back", (v) => {
    expect(parse(flow(v))).toEqual(v);
    expect(parse(`[x, {k: ${flow(v)}}, y]`)).toEqual(["x", { k: v }, "y"]);
  });
});

describe("fold", () => {
  it.each([
    ["Quero esse horário", "quero_esse_horario"],
    ["Sim!", "sim"],
    ["No", "no_option"],
    ["1º turno", "turno"],
    ["👍", "option"],
  ])("makes %s the id %s", (title, id) => expect(fold(title)).toBe(id));

  it("gives every option an id of its own", () => expect(fold("Sim", ["sim", "sim_2"])).toBe("sim_3"));
});
