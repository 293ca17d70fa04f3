import { CircleAlert, OctagonX } from "lucide-react";

import { useWords } from "../../app/language";
import type { Count, Measured } from "./limits";
import { words } from "./words";

/** Counters are the limits that a message is near to or beyond; the text's own count always stands. */
export function Counters({ measured }: { measured: Measured }) {
  const t = useWords(words);
  const { counts, sms } = measured;
  const main = new Set(["text", "body", "template"]);
  const shown = counts.filter((c) => c.level !== "fine" || (main.has(c.part) && !sms));
  if (shown.length === 0 && !sms) return null;
  return (
    <ul className="phone-counts" aria-label={t("limits")}>
      {shown.map((c) => (
        <Line key={`${c.part}/${c.nth ?? ""}`} count={c} />
      ))}
      {sms && <li>{t("sms", { segments: sms.segments, encoding: sms.encoding, units: sms.units, left: sms.left })}</li>}
      {sms?.spared && <li>{t("sms_spared", { segments: sms.segments, with: sms.spared.segments, saved: sms.spared.segments - sms.segments })}</li>}
      {sms && sms.outside.length > 0 && (
        <li data-level="near">
          <CircleAlert size={14} aria-hidden /> {t("sms_outside", { chars: sms.outside.map((c) => `“${c}”`).join(" ") })}
        </li>
      )}
      {sms && <li>{t("sms_values")}</li>}
    </ul>
  );
}

function Line({ count: c }: { count: Count }) {
  const t = useWords(words);
  const Icon = c.level === "over" ? OctagonX : c.level === "near" ? CircleAlert : undefined;
  return (
    <li data-level={c.level}>
      {Icon && <Icon size={14} aria-hidden />}
      {t(`c_${c.part}`, { n: (c.nth ?? 0) + 1 })}: {t("count", { used: c.used, most: c.most })}
      {c.level !== "fine" && ` (${t(c.level)})`}
    </li>
  );
}
