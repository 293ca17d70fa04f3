import type { Schemas } from "../../api/client";
import type { Spot } from "../../document/read";

/** within reports whether a diagnostic points into a value. */
export function within(d: Pick<Schemas["Diagnostic"], "line" | "column">, spot: Spot | undefined): boolean {
  if (!spot || d.line < spot.line || d.line > spot.endLine) return false;
  if (d.line === spot.line && d.column < spot.column) return false;
  if (d.line < spot.endLine) return true;
  const last = spot.text.slice(spot.text.lastIndexOf("\n") + 1);
  const end = spot.line === spot.endLine ? spot.column + [...last].length : [...last].length + 1;
  return d.column < end || (spot.text === "" && d.column === spot.column);
}

/** Mistakes that stand at a step, but are mended in one of its fields. */
const missing: Record<string, string> = { J0501: "timeout", J0502: "max", J0531: "branches" };

/** fieldOf is the field whose absence a diagnostic tells of. */
export const fieldOf = (d: Pick<Schemas["Diagnostic"], "code">): string | undefined => missing[d.code];
