import { expect, it } from "vitest";

import { initials } from "./presence";

it.each([
  ["Ana Prado", "AP"],
  ["ana  maria de souza ", "AS"],
  ["Élcio", "É"],
  ["", "?"],
])("the initials of %j are %s", (name, want) => expect(initials(name)).toBe(want));
