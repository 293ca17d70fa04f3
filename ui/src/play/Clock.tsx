import { RotateCcw, Undo2 } from "lucide-react";
import { useState, type FormEvent } from "react";

import { useWords } from "../app/language";
import { happened, localTime, momentOf, nextMinute } from "./script";
import type { Play } from "./usePlay";
import { words } from "./words";

/** Clock moves the play's time, forth by waiting and back by playing less. */
export function Clock({ play, when, zone }: { play: Play; when: (at: string | Date) => string; zone: string }) {
  const t = useWords(words);
  const { played, script } = play;
  const rest = played?.rest;
  const wait = (minutes: number) => rest && play.go({ acts: script.acts, until: new Date(Date.parse(rest.at) + minutes * 60_000).toISOString() });
  const next = rest?.next_wake_at;
  const [date, setDate] = useState("");
  const to = (e: FormEvent) => {
    e.preventDefault();
    play.go({ acts: script.acts, until: momentOf(date, zone).toISOString() });
    setDate("");
  };
  return (
    <div className="play-clock">
      <strong role="status" aria-live="polite" title={zone} data-clock={rest?.at ?? played?.ended_at}>
        {played ? when(rest?.at ?? played.ended_at) : "…"}
        {play.busy && <span className="hint"> {t("busy")}</span>}
      </strong>
      <div className="play-buttons">
        <button type="button" className="text-button" disabled={!rest} onClick={() => wait(10)}>
          {t("in10")}
        </button>
        <button type="button" className="text-button" disabled={!rest} onClick={() => wait(60)}>
          {t("in1h")}
        </button>
        <button type="button" className="text-button" disabled={!next} title={next ? t("nextAt", { at: when(next) }) : t("noNext")} onClick={() => void play.waitUntil(happened)}>
          {t("next")}
        </button>
        <button type="button" className="text-button" disabled={!play.canStepBack} onClick={play.stepBack}>
          <Undo2 size={14} aria-hidden /> {t("back")}
        </button>
        <button type="button" className="text-button" disabled={!play.canStepBack} onClick={() => play.restart()}>
          <RotateCcw size={14} aria-hidden /> {t("again")}
        </button>
        <form className="play-write" onSubmit={to}>
          <input type="datetime-local" aria-label={t("date")} required min={rest ? localTime(nextMinute(rest.at), zone) : undefined} value={date} onChange={(e) => setDate(e.target.value)} disabled={!rest} />
          <button type="submit" className="text-button" disabled={!rest || !date}>
            {t("toDate")}
          </button>
        </form>
      </div>
    </div>
  );
}
