import { CircleAlert, CircleCheck, CircleX } from "lucide-react";

import { useLanguage, useWords } from "../../app/language";
import type { RouteWindow } from "../forms/context";
import { sayDuration } from "../forms/duration";
import { words } from "./words";

/** WindowStrip says what is proved of the service window: in words, with an icon. */
export function WindowStrip({ window: w }: { window: RouteWindow | undefined }) {
  const t = useWords(words);
  const { language } = useLanguage();
  if (!w) return null;
  const state = w.open ? "open" : w.closed_template || w.is_template ? "maybe" : "closed";
  const Icon = { open: CircleCheck, maybe: CircleAlert, closed: CircleX }[state];
  const hours = Math.floor(w.left_seconds / 3600);
  const minutes = Math.floor((w.left_seconds % 3600) / 60);
  const time = sayDuration(`${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}`, language);
  const say = () => {
    if (w.open) return w.left_seconds === 0 ? t("free") : time === "" ? t("proved") : t("proved_for", { time });
    if (w.closed_template) return t("maybe", { template: w.closed_template });
    return t(w.is_template ? "template_only" : "closed");
  };
  return (
    <div className="phone-strip" data-state={state} role="note" aria-label={t("window")}>
      <Icon size={16} aria-hidden />
      <span>
        {say()}
        {w.why && !w.open ? ` (${w.why})` : ""}
      </span>
    </div>
  );
}
