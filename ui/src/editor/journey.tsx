import { createContext, useContext, useMemo, useRef, type ReactNode } from "react";

import { comment } from "../document/notes";
import { read } from "../document/read";
import { useDocument, useReading } from "../document/store";
import { fieldsOf, listOf, pathKey, walk, type Step } from "../document/steps";
import type { Plain } from "../document/types";
import type { Diagnostic } from "../document/server";

/** Journey is what all views draw: the last text that could be read. */
export interface Journey {
  root: Plain;
  text: string;
  steps: Step[];
  byKey: Map<string, Step>;
  /** The line of a mistake that keeps the text from being read; 0 when it can be. */
  brokenAt: number;
  problems: Diagnostic[];
  /** Problems by the step they are about. */
  about: Map<string, Diagnostic[]>;
  notes: Map<string, string>;
  /** Exits that have steps of their own. */
  exits: { index: number; id: string }[];
}

const JourneyContext = createContext<Journey | undefined>(undefined);
const none: Diagnostic[] = [];

type Drawn = Pick<Journey, "root" | "text" | "steps" | "byKey" | "notes" | "exits">;

const blank: Drawn = { root: null, text: "", steps: [], byKey: new Map(), notes: new Map(), exits: [] };

/** drawnOf is what there is to draw of a text. */
function drawnOf(root: Plain, text: string): Drawn {
  const steps = walk(root);
  const notes = new Map<string, string>();
  for (const step of steps) {
    const note = text.includes("#") ? comment(text, step.path) : "";
    if (note) notes.set(pathKey(step.path), note);
  }
  const exits = listOf(fieldsOf(root).exits).flatMap((e, index) => (listOf(fieldsOf(e).steps).length > 0 ? [{ index, id: String(fieldsOf(e).id ?? index) }] : []));
  return { root, text, steps, byKey: new Map(steps.map((s) => [pathKey(s.path), s])), notes, exits };
}

/** StillJourney is a text that nobody edits here: a version that was published. */
export function StillJourney({ text, children }: { text: string; children: ReactNode }) {
  const value = useMemo((): Journey => {
    const reading = read(text);
    return { ...(reading.ok ? drawnOf(reading.root, text) : blank), brokenAt: 0, problems: none, about: new Map() };
  }, [text]);
  return <JourneyContext value={value}>{children}</JourneyContext>;
}

export function JourneyProvider({ children }: { children: ReactNode }) {
  const text = useDocument((d) => d.text);
  const checked = useDocument((d) => d.checked);
  const reading = useReading();
  const good = useRef(blank);
  const drawn = useMemo(() => {
    if (reading.ok) good.current = drawnOf(reading.root, text);
    return good.current;
  }, [reading, text]);
  const problems = checked?.diagnostics ?? none;
  const about = useMemo(() => {
    const found = new Map<string, Diagnostic[]>();
    if (!reading.ok || problems.length === 0) return found;
    const spots = drawn.steps.map((s) => ({ step: s, spot: reading.at(s.path) }));
    for (const problem of problems) {
      const inside = spots.filter(({ spot }) => spot && spot.line <= problem.line && spot.endLine >= problem.line);
      const owner = (problem.step_id && drawn.steps.find((s) => s.id === problem.step_id)) || inside[inside.length - 1]?.step;
      const key = owner ? pathKey(owner.path) : "[]";
      const list = found.get(key);
      if (list) list.push(problem);
      else found.set(key, [problem]);
    }
    return found;
  }, [problems, drawn, reading]);
  const brokenAt = reading.ok ? 0 : reading.line;
  const value = useMemo(() => ({ ...drawn, brokenAt, problems, about }), [drawn, brokenAt, problems, about]);
  return <JourneyContext value={value}>{children}</JourneyContext>;
}

export function useJourney(): Journey {
  const journey = useContext(JourneyContext);
  if (!journey) throw new Error("this stands outside a journey");
  return journey;
}
