import { useEffect, useState } from "react";

import { useWords } from "../app/language";
import type { Sample } from "./script";
import type { Play } from "./usePlay";
import { words } from "./words";

/** Who shows the made-up person and their data, to be changed as text. */
export function Who({ play }: { play: Play }) {
  const t = useWords(words);
  const { sample } = play;
  const [draft, setDraft] = useState("");
  const [wrong, setWrong] = useState("");
  useEffect(() => setDraft(sample ? JSON.stringify(sample, null, 2) : ""), [sample]);
  if (!sample) return null;
  const take = () => {
    try {
      const read = JSON.parse(draft) as Sample;
      setWrong("");
      if (JSON.stringify(read) !== JSON.stringify(sample)) play.restart({ now: read.now, contact: read.contact, inputs: read.inputs });
    } catch (e) {
      setWrong(t("badJson", { why: e instanceof Error ? e.message : String(e) }));
    }
  };
  return (
    <details className="play-who">
      <summary>{t("who")}</summary>
      <label className="field">
        {t("whoHint")}
        <textarea className="code" spellCheck={false} value={draft} onChange={(e) => setDraft(e.target.value)} onBlur={take} />
      </label>
      {wrong && <p className="play-bad" role="alert">{wrong}</p>}
    </details>
  );
}
