import type { Language } from "../../../app/language";
import { sayMoment } from "../moment";
import { parse, type Value } from "./condition";
import { operatorOf } from "./operators";
import type { words } from "./words";

/** sayCondition says a condition as a sentence; undefined when it stays code. */
export function sayCondition(source: string, t: (word: keyof typeof words) => string, nameOf: (path: string) => string, language: Language): string | undefined {
  const c = parse(source);
  if (!c) return undefined;
  const value = (v: Value) => (v.kind === "text" ? `“${v.text}”` : v.kind === "plain" ? v.raw : (sayMoment(v.raw, language, nameOf) ?? v.raw));
  const rows = c.rows.map((r) => {
    if (r.kind === "is" && !r.not) return nameOf(r.field); // its name says it whole
    const end = "value" in r ? ` ${value(r.value)}` : r.kind === "oneOf" ? ` ${r.values.map(value).join(", ")}` : "";
    return `${nameOf(r.field)} ${t(operatorOf(r))}${end}`;
  });
  return rows.join(` ${t(c.join === "or" || c.join === "||" ? "say_or" : "say_and")} `);
}
