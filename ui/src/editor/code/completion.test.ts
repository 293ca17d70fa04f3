import { describe, expect, it } from "vitest";

import { pathTo, schemasAt } from "./completion";

const lines = `dsl: 1
steps:
  - id: ask
    ask:
      whatsapp:
        template: x
      opt
  - id: other
    wait:
      f
    branches:
      past:
        - id: late
          s`.split("\n");

describe("pathTo", () => {
  it.each([
    [6, ["steps", "-", "ask"]],
    [9, ["steps", "-", "wait"]],
    [13, ["steps", "-", "branches", "past", "-"]],
    [7, ["steps", "-"]],
  ])("line %i", (at, want) => expect(pathTo(lines, at)).toEqual(want));
});

describe("schemasAt", () => {
  const schema = {
    properties: { steps: { $ref: "#/$defs/steps" } },
    $defs: { steps: { items: { properties: { ask: { properties: { timeout: {} } }, branches: { additionalProperties: { $ref: "#/$defs/steps" } } } } } },
  };
  it("follows lists, keys of any name and references", () => {
    const found = schemasAt(schema, ["steps", "-", "branches", "past", "-", "ask"]);
    expect(found.flatMap((s) => Object.keys(s.properties ?? {}))).toEqual(["timeout"]);
  });
});
