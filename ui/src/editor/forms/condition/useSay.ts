import { useLanguage, useWords } from "../../../app/language";
import { useNameOf } from "../fields/useNameOf";
import { sayMoment } from "../moment";
import { parse, type Value } from "./condition";
import { operatorOf } from "./operators";
import { words } from "./words";

/** useSay says a condition as a sentence; undefined when it stays code. */
export function useSay(): (source: string) => string | undefined {
  const t = useWords(words);
  const nameOf = useNameOf();
  const { language } = useLanguage();
  const value = (v: Value) => (v.kind === "text" ? `“${v.text}”` : v.kind === "plain" ? v.raw : (sayMoment(v.raw, language, nameOf) ?? v.raw));
  return (source) => {
    const c = parse(source);
    if (!c) return undefined;
    const rows = c.rows.map((r) => {
      const end = "value" in r ? ` ${value(r.value)}` : r.kind === "oneOf" ? ` ${r.values.map(value).join(", ")}` : "";
      return `${nameOf(r.field)} ${t(operatorOf(r))}${end}`;
    });
    return rows.join(` ${t(c.join === "or" || c.join === "||" ? "say_or" : "say_and")} `);
  };
}
