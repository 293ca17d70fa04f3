import { renameOutcome, renameStep } from "./edits";
import { namedBack } from "./rename";
import { fieldsOf, listOf, textOf, walk, type Step } from "./steps";
import type { Path, Plain, Renamed } from "./types";

const name = /^[a-z][a-z0-9_]{0,47}$/;

/** The outcomes that a step's author has named, in the order of the text. */
function namedBy(step: Step): string[] {
  const body = fieldsOf(step.body);
  switch (step.verb) {
    case "ask":
      return body.bands === undefined ? listOf(body.options).map((o) => textOf(fieldsOf(o).id)) : Object.keys(fieldsOf(body.bands));
    case "wait":
      return Object.keys(fieldsOf(body.events));
    case "switch":
      return listOf(step.body).map((c) => textOf(fieldsOf(c).case));
    case "split":
      return Object.keys(body).filter((key) => key !== "seed");
    case "parallel":
      return step.branches.map((b) => b.outcome);
    default:
      return [];
  }
}

/** Typed is what was typed into a text, as far as names go: nothing, one name that may be half written, or what is no renaming. */
export type Typed = "nothing" | "half" | "other" | { renamed: Renamed; path: Path };

/**
 * typedInto compares a journey before and after somebody typed in it. It is a renaming
 * when the steps and the outcomes that their author names are the same as before, in the
 * same places, but for one that is called by a name that nothing had.
 */
export function typedInto(before: Plain, after: Plain): Typed {
  const [old, now] = [walk(before), walk(after)];
  if (old.length !== now.length || old.some((s, i) => s.verb !== now[i]?.verb)) return "other";
  const found: { renamed: Renamed; path: Path; taken: string[]; left: string[] }[] = [];
  for (const [i, step] of now.entries()) {
    const was = old[i] as Step;
    const [names, were] = [namedBy(step), namedBy(was)];
    if (names.length !== were.length) return "other";
    if (step.id !== was.id) found.push({ renamed: { from: was.id, to: step.id }, path: step.path, taken: old.map((s) => s.id), left: now.map((s) => s.id) });
    names.forEach((to, j) => {
      const from = were[j] as string;
      if (to !== from) found.push({ renamed: { step: step.id, from, to }, path: step.path, taken: were, left: names });
    });
  }
  const [one] = found;
  if (!one) return "nothing";
  if (found.length > 1) return "other";
  const { renamed, path, taken, left } = one;
  if (!name.test(renamed.to) || taken.includes(renamed.to)) return "half";
  if (!name.test(renamed.from) || left.includes(renamed.from)) return "other";
  return { renamed, path };
}

/**
 * finished is a text in which a name was typed where its step or outcome declares it,
 * with that name wherever else the text speaks of it: as the form would have renamed it.
 * undefined when that could not be done without touching what is not ours.
 */
export function finished(text: string, { renamed, path }: { renamed: Renamed; path: Path }): string | undefined {
  const back = namedBack(text, path, renamed);
  if (back === undefined) return undefined;
  return (renamed.step === undefined ? renameStep(back, path, renamed.to) : renameOutcome(back, path, renamed.from, renamed.to)).text;
}
