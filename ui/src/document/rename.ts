import { isMap, isScalar, isSeq, type ParsedNode } from "yaml";

import { lineOf, Refused, sourceOf, splice, type Cut } from "./lines";
import { putLines, scalarAt } from "./put";
import { keyOf, isFault, parse, type Entry, type List, type Mapping, type Source } from "./source";
import { fieldsOf, listOf, outcomesOf, textOf, walk } from "./steps";
import { changed, valueAt } from "./plain";
import type { Edit, Path, Plain, Renamed } from "./types";
import { verified } from "./verify";

// Fields that hold an expression; all others hold text, with expressions in {{ }}.
const expressions = new Set(["if", "when", "where", "until", "deadline", "audience", "key"]);

/** Renaming says what becomes of each kind of mention of a name. */
interface Renaming {
  expression(words: string): string;
  /** The target of a jump. */
  target(step: string): string;
  /** The place of a translation, "confirm.options.yes". */
  place(name: string): string;
}

/** A name as a pattern; one that is wrong may hold anything. */
const literally = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const stepRenaming = (old: string, id: string): Renaming => ({
  expression: (words) => words.replace(new RegExp(`(\\bsteps\\s*\\??\\.\\s*)${literally(old)}(?![A-Za-z0-9_])`, "g"), `$1${id}`),
  target: (step) => (step === old ? id : step),
  place: (name) => (name === old || name.startsWith(old + ".") ? id + name.slice(old.length) : name),
});

/** An outcome is named by its word, in quotes, where it is compared with what its step ended with. */
function outcomeRenaming(step: string, old: string, id: string): Renaming {
  const result = `\\bsteps\\s*\\??\\.\\s*${literally(step)}\\s*\\??\\.\\s*outcome\\b`;
  const quote = `(?:\\\\"|''|["'])`; // as it stands, and as YAML escapes it within its own quotes
  const word = literally(old);
  const after = new RegExp(`(${result}\\s*(?:==|!=)\\s*${quote})${word}(?=${quote})`, "g");
  const before = new RegExp(`(${quote})${word}(?=${quote}\\s*(?:==|!=)\\s*${result})`, "g");
  const among = new RegExp(`${result}\\s+(?:not\\s+)?in\\s*\\[[^\\]]*\\]`, "g");
  const one = new RegExp(`(${quote})${word}(?=${quote})`, "g");
  const place = `${step}.options.${old}`;
  return {
    expression: (words) => words.replace(after, `$1${id}`).replace(before, `$1${id}`).replace(among, (list) => list.replace(one, `$1${id}`)),
    target: (name) => name,
    place: (name) => (name === place ? `${step}.options.${id}` : name),
  };
}

function inWords(words: string, key: string, to: Renaming): string {
  return expressions.has(key) ? to.expression(words) : words.replace(/\{\{.*?\}\}/gs, (inner) => to.expression(inner));
}

/** cutsFor finds every mention: in expressions, as a jump's target, in translations. */
function cutsFor(source: Source, to: Renaming): Cut[] {
  const cuts: Cut[] = [];
  const visit = (node: ParsedNode | null, key: string, above: string, depth: number) => {
    if (isScalar(node)) {
      const [from, end] = node.range;
      const raw = source.text.slice(from, end);
      const name = String(node.value);
      const next = above === "goto" && key === "step" ? raw.replace(name, to.target(name)) : inWords(raw, key, to);
      if (next !== raw) cuts.push({ from, to: end, text: next });
    } else if (isSeq(node)) {
      for (const item of (node as List).items) visit(item, key, above, depth + 1);
    } else if (isMap(node)) {
      for (const entry of (node as Mapping).items as Entry[]) {
        const name = keyOf(entry);
        if (depth === 2 && above === "translations" && to.place(name) !== name) cuts.push(keyCut(source, entry, to.place(name)));
        visit(entry.value, name, depth === 1 ? above : depth === 0 ? name : key, depth + 1);
      }
    }
  };
  visit(source.top, "", "", 0);
  return cuts;
}

/** keyCut writes another key, with the quotes that stand. */
function keyCut(source: Source, entry: Entry, name: string): Cut {
  const [from, to] = entry.key.range;
  return { from, to, text: source.text.slice(from, to).replace(keyOf(entry), name) };
}

function renamedPlain(value: Plain, to: Renaming, key = "", above = "", depth = 0): Plain {
  if (typeof value === "string") return above === "goto" && key === "step" ? to.target(value) : inWords(value, key, to);
  if (Array.isArray(value)) return value.map((v) => renamedPlain(v, to, key, above, depth + 1));
  if (value === null || typeof value !== "object") return value;
  const out: { [key: string]: Plain } = {};
  for (const [name, inner] of Object.entries(value)) {
    out[depth === 2 && above === "translations" ? to.place(name) : name] = renamedPlain(inner, to, name, depth === 1 ? above : depth === 0 ? name : key, depth + 1);
  }
  return out;
}

/** renamed writes a new id, wherever the text speaks of the step. */
export function renamed(text: string, path: Path, old: string, id: string): string {
  const out = scalarAt(text, [...path, "id"], id);
  return splice(out, ...cutsFor(sourceOf(out), stepRenaming(old, id)));
}

/**
 * renameStep gives a step another id, here and wherever the journey reads it. With
 * `keepOld` it notes the old one under `was:`, by which people who are inside the
 * journey find their place again.
 */
export function renameStep(text: string, path: Path, id: string, keepOld = false): Edit {
  const source = parse(text);
  if (isFault(source)) return { refused: "unreadable", line: source.line };
  const step = fieldsOf(valueAt(source.root, path));
  const old = textOf(step.id);
  if (old === id) return { text };
  const was = [...listOf(step.was).map(textOf), old];
  const edit = verified(
    text,
    path,
    (s) => {
      if (!old) throw new Refused("missing", lineOf(s, path));
      const out = renamed(text, path, old, id);
      return keepOld ? putLines(out, [...path, "was"], [`[${was.join(", ")}]`]) : out;
    },
    (root) => {
      const next = renamedPlain(root, stepRenaming(old, id));
      const at = fieldsOf(valueAt(next, path));
      at.id = id;
      if (keepOld) at.was = was;
      return next;
    },
  );
  return noting(edit, { from: old, to: id });
}

const noting = (edit: Edit, renamed: Renamed): Edit => (edit.text === undefined ? edit : { ...edit, renamed: [renamed] });

/** Where a step's own text names an outcome: values, and keys of mappings; nowhere when it is none of its author's. */
function namings(root: Plain, path: Path, outcome: string): { values: Path[]; maps: Path[] } {
  const step = fieldsOf(valueAt(root, path));
  const ask = fieldsOf(step.ask);
  const values: Path[] = [];
  listOf(ask.options).forEach((o, i) => fieldsOf(o).id === outcome && values.push([...path, "ask", "options", i, "id"]));
  listOf(step.switch).forEach((c, i) => fieldsOf(c).case === outcome && values.push([...path, "switch", i, "case"]));
  const keyed = (...at: string[]) => (Object.hasOwn(fieldsOf(valueAt(root, [...path, ...at])), outcome) ? [[...path, ...at]] : []);
  const declared = [...keyed("split"), ...keyed("wait", "events"), ...keyed("ask", "bands")];
  if (values.length + declared.length === 0 && step.parallel === undefined) return { values, maps: [] };
  return { values, maps: [...declared, ...keyed("branches")] };
}

/**
 * renameOutcome gives an answer, a case, a variant, an event or a lane of a step another
 * name: where the step declares it, its branch, where other steps ask how this one
 * ended, and its translations. What ends a step by itself (`timeout`) has one name only.
 */
export function renameOutcome(text: string, path: Path, old: string, name: string): Edit {
  const source = parse(text);
  if (isFault(source)) return { refused: "unreadable", line: source.line };
  if (old === name) return { text };
  const step = walk(source.root).find((s) => s.path.join("/") === path.join("/"));
  const { values, maps } = namings(source.root, path, old);
  const taken = step && [...outcomesOf(step), ...step.branches.map((b) => b.outcome)].includes(name);
  if (!step || taken || values.length + maps.length === 0) return { refused: "missing", line: lineOf(source, path) };
  const renaming = outcomeRenaming(step.id, old, name);
  const edit = verified(
    text,
    path,
    () => {
      const named = values.reduce((out, at) => scalarAt(out, at, name), text);
      const s = sourceOf(named);
      const keys = maps.flatMap((at) => ((s.node(at) as Mapping).items as Entry[]).filter((e) => keyOf(e) === old).map((e) => keyCut(s, e, name)));
      return splice(named, ...keys, ...cutsFor(s, renaming));
    },
    (root) => {
      const swapped = (map: Plain | undefined): Plain => Object.fromEntries(Object.entries(fieldsOf(map)).map(([k, v]) => [k === old ? name : k, v]));
      const out = [...values.map((at) => [at, () => name] as const), ...maps.map((at) => [at, swapped] as const)].reduce<Plain>((now, [at, change]) => changed(now, at, change) as Plain, root);
      return renamedPlain(out, renaming);
    },
  );
  return noting(edit, { step: step.id, from: old, to: name });
}

/**
 * namedBack takes a typed name back where it is declared, and from the branch when that
 * has it already: what is left is the text as it was before somebody renamed only there.
 */
export function namedBack(text: string, path: Path, { step, from, to }: Renamed): string | undefined {
  const source = parse(text);
  if (isFault(source)) return undefined;
  try {
    if (step === undefined) return scalarAt(text, [...path, "id"], from);
    const { values, maps } = namings(source.root, path, to);
    const out = values.reduce((now, at) => scalarAt(now, at, from), text);
    const s = sourceOf(out);
    const entries = maps.map((at) => (s.node(at) as Mapping).items as Entry[]).filter((all) => !all.some((e) => keyOf(e) === from));
    return splice(out, ...entries.flatMap((all) => all.filter((e) => keyOf(e) === to).map((e) => keyCut(s, e, from))));
  } catch (e) {
    if (e instanceof Refused) return undefined;
    throw e;
  }
}
