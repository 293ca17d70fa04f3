import { useMemo } from "react";

import type { Schemas } from "../api/client";
import { useWords } from "../app/language";
import { compared } from "../editor/canvas/live";
import StillCanvas from "../editor/canvas/StillCanvas";
import { words } from "./words";

/** CanvasDiff draws what is live beside what would be, each step marked by what becomes of it. */
export default function CanvasDiff({ before, after, changes }: { before: string; after: string; changes: readonly Schemas["Change"][] }) {
  const t = useWords(words);
  const [was, will] = useMemo(() => [compared(changes, "before"), compared(changes, "after")], [changes]);
  return (
    <div className="two-texts">
      {([["liveDrawing", before, was], ["newDrawing", after, will]] as const).map(([word, text, live]) => (
        <div key={word}>
          <h4>{t(word)}</h4>
          <StillCanvas text={text} live={live} name={t(word)} />
        </div>
      ))}
    </div>
  );
}
