import { useMemo } from "react";

import { useLanguage, useWords } from "../app/language";
import { sayCondition } from "./forms/condition/say";
import { words as conditionWords } from "./forms/condition/words";
import { sayDuration } from "./forms/duration";
import { sayMoment } from "./forms/moment";
import { nameOf } from "./forms/nameOf";
import { words as formWords } from "./forms/words";
import { useJourney } from "./journey";
import { channelTitle } from "./summary";

/** Phrases say what the text has as code as people do; what they cannot say stays code. */
export interface Phrases {
  duration(text: string): string;
  moment(source: string): string;
  condition(source: string): string;
  step(id: string): string;
}

export function usePhrases(): Phrases {
  const { language } = useLanguage();
  const t = useWords(formWords);
  const tc = useWords(conditionWords);
  const { steps } = useJourney();
  return useMemo(() => {
    // What the journey itself was given needs no "entrada ·" in front: a card has little room.
    const name = (path: string) => (path.startsWith("inputs.") ? path.slice(7).replaceAll("_", " ") : nameOf(path, t, steps, channelTitle));
    return {
      duration: (text) => sayDuration(text, language),
      moment: (source) => sayMoment(source, language, name) ?? source,
      condition: (source) => sayCondition(source, tc, name, language) ?? source,
      step: (id) => steps.find((s) => s.id === id)?.name || id,
    };
  }, [language, t, tc, steps]);
}
