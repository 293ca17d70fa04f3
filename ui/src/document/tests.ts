import { seatOf, splice, type Cut } from "./lines";
import { changed } from "./plain";
import { value } from "./scalar";
import { isFault, parse, type Source } from "./source";
import { fieldsOf, listOf, outcomesOf, textOf, walk, type Step } from "./steps";
import type { Path, Plain, Renamed } from "./types";
import { verified } from "./verify";

// Scenario tests name steps and answers of their journey: what is renamed there is
// renamed here, as a splice of their text.

/** Mention is where a test says a name: a value, or the key of a drawn split. `at` is the case's name, "" for what all share. */
interface Mention {
  path: Path;
  key: boolean;
  at: string;
}

/** Astray is a name that tests still say, and the cases that do; none of them named when their text cannot be read. */
export interface Astray extends Renamed {
  cases: string[];
}

const inverse = (r: Renamed): Renamed => ({ ...r, from: r.to, to: r.from });

/** inverted is the way back through renamings. */
export const inverted = (all: readonly Renamed[]): Renamed[] => all.map(inverse).reverse();

/** onward is a renaming and the one after it as one; undefined when they are of different names. It may lead back to where it began. */
export const onward = <R extends Renamed>(first: R, next: Renamed): R | undefined => (first.step === next.step && first.to === next.from ? { ...first, to: next.to } : undefined);

/**
 * queued adds a renaming to those that the tests have yet to follow. What is renamed
 * twice is renamed once, what is renamed back not at all, and outcomes are called by
 * what their step is called in the end.
 */
export function queued(waiting: readonly Renamed[], next: Renamed): Renamed[] {
  const moved = waiting.map((r) => (next.step === undefined && r.step === next.from ? { ...r, step: next.to } : r));
  const at = moved.findIndex((r) => onward(r, next));
  if (at < 0) return next.step === undefined ? [next, ...moved] : [...moved, next];
  return moved.map((r, i) => (i === at ? { ...r, to: next.to } : r)).filter((r) => r.from !== r.to);
}

/** holds reports whether a journey calls by its new name what was renamed. */
export function holds(renamed: Renamed, journey: Plain): boolean {
  const steps = walk(journey);
  if (renamed.step === undefined) return steps.some((s) => s.id === renamed.to) && !steps.some((s) => s.id === renamed.from);
  const names = steps.filter((s) => s.id === renamed.step).flatMap((s) => [...outcomesOf(s), ...s.branches.map((b) => b.outcome)]);
  return names.includes(renamed.to) && !names.includes(renamed.from);
}

/** mentionsOf finds a step's id, or the name of an outcome of the renamed step, in a test file; `asks` tells that people answer that step. */
function mentionsOf(root: Plain, of: Renamed, asks: boolean, name: string): Mention[] {
  const found: Mention[] = [];
  const says = (path: Path, at: string, is: Plain | undefined) => {
    if (textOf(is) === name) found.push({ path, key: false, at });
  };
  const draw = (path: Path, at: string, drawn: Plain | undefined) => {
    const steps = fieldsOf(drawn);
    if (of.step !== undefined) says([...path, of.step], at, steps[of.step]);
    else if (Object.hasOwn(steps, name)) found.push({ path: [...path, name], key: true, at });
  };
  const top = fieldsOf(root);
  draw(["defaults", "draw"], "", fieldsOf(top.defaults).draw);
  listOf(top.cases).map(fieldsOf).forEach((one, i) => {
    const path = ["cases", i];
    const at = textOf(one.name);
    draw([...path, "draw"], at, one.draw);
    if (of.step === undefined) listOf(one.sent).forEach((step, j) => says([...path, "sent", j], at, step));
    listOf(one.script).map(fieldsOf).forEach((line, j) => {
      if (asks) says([...path, "script", j, "reply", "option"], at, fieldsOf(line.reply).option);
      if (of.step === undefined) for (const key of ["expect", "skipped", "of"]) says([...path, "script", j, key], at, line[key]);
    });
  });
  return found;
}

const questions = (journey: Plain) => walk(journey).filter((s) => s.verb === "ask");
const answers = (step: Step): string[] => listOf(fieldsOf(step.body).options).map((o) => textOf(fieldsOf(o).id));

const rekey = (map: Plain | undefined, from: string, to: string): Plain => Object.fromEntries(Object.entries(fieldsOf(map)).map(([k, v]) => [k === from ? to : k, v]));

/**
 * followed renames in the text of a journey's tests what was renamed in the journey,
 * whose data is that of after. It does so only where the tests surely mean it, and where
 * the way back is as sure: no other question has an answer of either name, and no test
 * says the new name already. What it leaves alone it names.
 */
export function followed(tests: string, renamed: Renamed, journey: Plain): { text: string; astray?: Astray } {
  const source = parse(tests);
  if (tests.trim() === "") return { text: tests };
  if (isFault(source)) return { text: tests, astray: { ...renamed, cases: [] } };
  const { from, to, step } = renamed;
  const asked = step === undefined ? [] : questions(journey);
  const asks = asked.some((s) => s.id === step);
  const mentions = mentionsOf(source.root, renamed, asks, from);
  if (mentions.length === 0) return { text: tests };
  const astray = { ...renamed, cases: [...new Set(mentions.map((m) => m.at).filter(Boolean))] };
  const others = asks ? asked.filter((s) => s.id !== step).flatMap(answers) : [];
  if (others.includes(from) || others.includes(to) || mentionsOf(source.root, renamed, asks, to).length > 0) return { text: tests, astray };
  const edit = verified(
    tests,
    [],
    (s) => splice(tests, ...mentions.flatMap((m) => cutOf(s, m, from, to))),
    (root) => mentions.reduce<Plain>((now, m) => changed(now, m.key ? m.path.slice(0, -1) : m.path, (old) => (m.key ? rekey(old, from, to) : to)) as Plain, root),
  );
  return edit.text === undefined ? { text: tests, astray } : { text: edit.text };
}

/** cutOf writes the other name where a test says one, with the quotes that stand. */
function cutOf(source: Source, mention: Mention, from: string, to: string): Cut[] {
  const seat = seatOf(source, mention.path);
  const node = mention.key ? seat?.entry?.key : seat?.node;
  if (!node) return [];
  const [start, end] = node.range;
  const raw = source.text.slice(start, end);
  return [{ from: start, to: end, text: raw === from ? value(to) : raw.replace(from, to) }];
}
