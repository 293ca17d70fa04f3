import { useMemo } from "react";

import { useWords } from "../app/language";
import { read } from "../document/read";
import { fieldsOf, textOf, walk } from "../document/steps";
import { lookOf } from "../editor/kinds";
import { outcomeName, stepTitle } from "../editor/summary";
import { words as editorWords } from "../editor/words";

/** Names are what a journey calls its steps and outcomes; what it does not name is called by its id. */
export interface Names {
  journey: string;
  /** The journey's own zone; none when its text says none. */
  zone: string | undefined;
  step(id: string): string;
  verb(verb: string): string;
  outcome(step: string, outcome: string): string;
  /** How a passage ended: a word of ours, or the name of an exit. */
  ending(outcome: string): string;
}

/** useNamesOf reads the names in a journey's text. */
export function useNamesOf(source: string): Names {
  const t = useWords(editorWords);
  return useMemo(() => {
    const reading = read(source);
    const root = reading.ok ? fieldsOf(reading.root) : {};
    const steps = new Map((reading.ok ? walk(reading.root) : []).map((s) => [s.id, s]));
    const known = (id: string) => (id in editorWords ? t(id as keyof typeof editorWords) : undefined);
    return {
      journey: textOf(root.name),
      zone: textOf(root.timezone) || undefined,
      step: (id) => {
        const step = steps.get(id);
        return step ? stepTitle(step) : id;
      },
      verb: (verb) => t(lookOf(verb).word),
      outcome: (id, outcome) => {
        const step = steps.get(id);
        return step ? outcomeName(step, outcome, t) : (known(`o.${outcome}`) ?? outcome);
      },
      ending: (outcome) => known(`o.${outcome}`) ?? outcome,
    };
  }, [source, t]);
}
