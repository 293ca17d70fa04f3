import type { Language } from "../../app/language";
import { sayDuration } from "./duration";

/**
 * A moment that can be said as a sentence: a date, or so long before or after it.
 * As with conditions: what parse accepts, print writes back byte by byte.
 */
export interface Moment {
  base: string;
  sign: "" | "+" | "-";
  n: number;
  unit: "minutes" | "hours" | "days";
}

const pattern = /^([a-z_][A-Za-z0-9_]*(?:\??\.[A-Za-z_][A-Za-z0-9_]*)*)(?: ([+-]) (minutes|hours|days)\(([0-9]{1,5})\))?$/;

export function parseMoment(source: string): Moment | undefined {
  const m = pattern.exec(source);
  if (!m) return undefined;
  const moment: Moment = { base: m[1] as string, sign: (m[2] as "+" | "-" | undefined) ?? "", n: Number(m[4] ?? 0), unit: (m[3] as Moment["unit"] | undefined) ?? "hours" };
  return printMoment(moment) === source ? moment : undefined;
}

export const printMoment = (m: Moment) => (m.sign ? `${m.base} ${m.sign} ${m.unit}(${m.n})` : m.base);

/** sayMoment says "4 h antes de inputs.starts_at"; undefined when it stays code. */
export function sayMoment(source: string, language: Language, name: (path: string) => string): string | undefined {
  const m = parseMoment(source);
  if (!m) return undefined;
  if (!m.sign) return name(m.base);
  const length = sayDuration(`${m.n}${m.unit[0]}`, language);
  const pt = language === "pt-BR";
  if (m.sign === "-") return pt ? `${length} antes de ${name(m.base)}` : `${length} before ${name(m.base)}`;
  return pt ? `${length} depois de ${name(m.base)}` : `${length} after ${name(m.base)}`;
}
