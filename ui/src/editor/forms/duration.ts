import type { Language } from "../../app/language";

/** A duration of one unit, as `90m` or `-24h`; those of several units stay text. */
export interface Duration {
  n: number;
  unit: Unit;
}

export const units = ["m", "h", "d", "w"] as const;
export type Unit = (typeof units)[number];

export function parseDuration(text: string): Duration | undefined {
  const m = /^(-?)([1-9][0-9]{0,5}|0)([mhdw])$/.exec(text);
  return m ? { n: Number(`${m[1]}${m[2]}`), unit: m[3] as Unit } : undefined;
}

export const printDuration = (d: Duration) => `${d.n}${d.unit}`;

const names: Record<Language, Record<string, [one: string, many: string]>> = {
  "pt-BR": { s: ["segundo", "segundos"], m: ["min", "min"], h: ["h", "h"], d: ["dia", "dias"], w: ["semana", "semanas"] },
  en: { s: ["second", "seconds"], m: ["min", "min"], h: ["h", "h"], d: ["day", "days"], w: ["week", "weeks"] },
};

/** sayDuration writes `1h30m` as "1 h 30 min"; what is no duration is given back. */
export function sayDuration(text: string, language: Language): string {
  const parts = [...text.replace(/^-/, "").matchAll(/([0-9]+)([smhdw])/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join("") !== text.replace(/^-/, "")) return text;
  return parts.map(([, n, unit]) => `${n} ${names[language][unit as string]?.[Number(n) === 1 ? 0 : 1]}`).join(" ");
}
