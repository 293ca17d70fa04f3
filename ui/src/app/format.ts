import { useMemo } from "react";

import { useLanguage } from "./language";

const day = 86_400_000;

/** useFormat writes numbers and moments as people of the page's language do, in the browser's zone. */
export function useFormat() {
  const { language } = useLanguage();
  return useMemo(() => {
    const numbers = new Intl.NumberFormat(language);
    const near = new Intl.DateTimeFormat(language, { weekday: "short", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
    const far = new Intl.DateTimeFormat(language, { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" });
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return {
      number: (n: number) => numbers.format(n),
      /** moment is "ter, 12/05, 14:30", with the year when it is far away. */
      moment: (at: string | null | undefined) => {
        if (!at) return "—";
        const when = new Date(at);
        return (Math.abs(Date.now() - when.getTime()) < 180 * day ? near : far).format(when);
      },
      zone,
    };
  }, [language]);
}
