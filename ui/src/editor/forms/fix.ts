import type { Schemas } from "../../api/client";
import type { Edit } from "../../document/types";

type Fix = NonNullable<Schemas["Diagnostic"]["fix"]>;

/** fixed makes the checker's own edit. Columns count characters, as the checker does. */
export function fixed(text: string, fix: Fix): Edit {
  const lines = text.split("\n");
  let out = text;
  const offset = (line: number, column: number): number | undefined => {
    const at = lines[line - 1];
    if (at === undefined) return undefined;
    const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
    return before + [...at].slice(0, column - 1).join("").length;
  };
  // From the end of the file on, so that no place moves before its turn.
  for (const f of [...fix].sort((a, b) => b.line - a.line || b.column - a.column)) {
    const from = offset(f.line, f.column);
    const to = offset(f.end_line, f.end_column);
    if (from === undefined || to === undefined || to < from) return { refused: "missing", line: f.line };
    const old = out.slice(from, to);
    const quote = /^(["'])[^]*\1$/.exec(old)?.[1] ?? ""; // around a word they stay
    out = out.slice(0, from) + quote + f.text + quote + out.slice(to);
  }
  return { text: out };
}
