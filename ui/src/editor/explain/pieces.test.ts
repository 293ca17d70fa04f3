import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { inline, itemsOf, piecesOf } from "./pieces";

const codes = join(import.meta.dirname, "../../../../dsl/codes");

describe("the page of a code", () => {
  it("is prose and examples, without its heading", () =>
    expect(piecesOf("# J0513: not sent\n\nNot by `zenvia`.\n\nWrong:\n\n```yaml\nsend: {}   # x\n```\n\nRight:\n\n```yaml\n  a: b\n```\n")).toEqual([
      { kind: "prose", text: "Not by `zenvia`.\n\nWrong:" },
      { kind: "example", text: "send: {}   # x" },
      { kind: "prose", text: "Right:" },
      { kind: "example", text: "a: b" },
    ]));
  it("has code within its prose", () => expect(inline("Not by `zenvia` or `b`.")).toEqual([{ kind: "prose", text: "Not by " }, { kind: "code", text: "zenvia" }, { kind: "prose", text: " or " }, { kind: "code", text: "b" }, { kind: "prose", text: "." }]));
  it("is shown whole, whichever it is and in both languages", () => {
    for (const file of readdirSync(codes).filter((f) => /^J\d{4}\.md$/.test(f))) {
      const pages = readFileSync(join(codes, file), "utf8").split("<!-- pt-BR -->\n");
      expect(pages, file).toHaveLength(2);
      for (const page of pages) {
        const shown = piecesOf(page);
        expect(shown[0]?.kind, file).toBe("prose");
        expect(shown.some((p) => p.text.includes("```")), file).toBe(false);
        expect(shown.map((p) => p.text).join("").replace(/\s/g, "")).toBe(page.replace(/^#[^\n]*\n/, "").replace(/^```.*$/gm, "").replace(/\s/g, ""));
      }
    }
  });
  it("has lists", () => {
    expect(itemsOf("- `a`: one\n- `b`: two")).toEqual(["`a`: one", "`b`: two"]);
    expect(itemsOf("prose - with a dash")).toBeUndefined();
  });
});
