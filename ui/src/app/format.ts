import { useMemo } from "react";

import { useLanguage, type Language } from "./language";

const day = 86_400_000;

/**
 * momentsIn says moments in a zone as people of a language do: "ter, 12/05 às 14h30", with
 * the year instead of the day of the week when it is far away.
 */
export function momentsIn(language: Language, zone: string, now = Date.now): (at: string | Date) => string {
  const time = { timeZone: zone, day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", ...(language === "pt-BR" ? { hourCycle: "h23" as const } : {}) } as const;
  const near = new Intl.DateTimeFormat(language, { ...time, weekday: "short" });
  const far = new Intl.DateTimeFormat(language, { ...time, year: "numeric" });
  return (at) => {
    const when = new Date(at);
    const isNear = Math.abs(now() - when.getTime()) < 180 * day;
    const form = isNear ? near : far;
    if (language !== "pt-BR") return form.format(when);
    const p = Object.fromEntries(form.formatToParts(when).map(({ type, value }) => [type, value]));
    const date = isNear ? `${p.weekday?.replace(".", "")}, ${p.day}/${p.month}` : `${p.day}/${p.month}/${p.year}`;
    return `${date} às ${p.hour}h${p.minute}`;
  };
}

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** useFormat writes numbers and moments as people of the page's language do, in a journey's zone or the browser's. */
export function useFormat(zone = here) {
  const { language } = useLanguage();
  return useMemo(() => {
    const numbers = new Intl.NumberFormat(language);
    const moments = momentsIn(language, zone);
    return {
      number: (n: number) => numbers.format(n),
      moment: (at: string | null | undefined) => (at ? moments(at) : "—"),
      zone,
    };
  }, [language, zone]);
}
