import { lineOf, Refused } from "./lines";
import { unordered } from "./plain";
import { isFault, parse, type Source } from "./source";
import type { Edit, Path, Plain } from "./types";

/**
 * verified makes a splice, reads the result again and compares it with the same edit
 * on plain data. When the two differ nothing is written, and the answer says on which
 * line the text could not be followed.
 */
export function verified(text: string, path: Path, splice: (source: Source) => string, expect: (root: Plain) => Plain | undefined): Edit {
  const before = parse(text);
  if (isFault(before)) return { refused: "unreadable", line: before.line };
  try {
    const out = splice(before);
    const after = parse(out);
    if (isFault(after) || !unordered(after.root, expect(before.root))) return { refused: "too_tangled", line: lineOf(before, path) };
    return { text: out };
  } catch (e) {
    if (e instanceof Refused) return { refused: e.reason, line: e.reason === "unreadable" ? lineOf(before, path) : e.line };
    throw e;
  }
}
