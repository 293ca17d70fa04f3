import { isSeq } from "yaml";

import { lineOf, Refused } from "./lines";
import { idsIn, withFreeIds } from "./ids";
import { asItems, insertedAt } from "./list";
import { changed, same, valueAt } from "./plain";
import { itemLines, putLines, removed, scalarAt } from "./put";
import { rekeyed } from "./rekey";
import { value as written } from "./scalar";
import { isFault, parse, type List, type Source } from "./source";
import type { Edit, Path, Place, Plain } from "./types";
import { verified } from "./verify";

export { comment, setComment } from "./notes";
export { renameOutcome, renameStep } from "./rename";

// Every edit here is a splice of the text: what it does not mention keeps its
// characters, its comments and its line breaks.

/** setValue writes one value, keeping its quotes and what stands behind it; undefined removes the key. */
export function setValue(text: string, path: Path, value: string | number | boolean | undefined): Edit {
  if (value === undefined) return remove(text, path);
  const read = parse(text);
  if (!isFault(read) && valueAt(read.root, path) === value) return { text };
  return verified(
    text,
    path,
    () => scalarAt(text, path, value),
    (root) => changed(grown(root, path), path, () => value),
  );
}

/** grown makes the lists that a new number in a path begins. */
function grown(root: Plain, path: Path): Plain {
  let out = root;
  for (let i = 1; i < path.length; i++) {
    const at = path.slice(0, i);
    if (typeof path[i] === "number" && valueAt(out, at) == null) out = changed(out, at, () => []) as Plain;
  }
  return out;
}

function remove(text: string, path: Path): Edit {
  const read = parse(text);
  if (!isFault(read) && valueAt(read.root, path) === undefined) return { text };
  return verified(
    text,
    path,
    () => removed(text, path),
    (root) => changed(root, path, () => undefined),
  );
}

/**
 * setYaml puts a value written as YAML, and makes the key when it is missing. Where a
 * mapping or list of the same shape stands already, only what differs in it is
 * touched, so that its comments stay.
 */
export function setYaml(text: string, path: Path, yaml: string): Edit {
  const read = parse(text);
  if (isFault(read)) return { refused: "unreadable", line: read.line };
  const wanted = parse(yaml.replace(/\s+$/, "") + "\n");
  if (isFault(wanted)) return { refused: "unreadable", line: lineOf(read, path) };
  const old = valueAt(read.root, path);
  if (old !== undefined && same(old, wanted.root)) return { text };
  const merged = mergedIn(text, path, old, wanted.root);
  if (merged) return merged;
  const lines = yaml.replace(/\r\n/g, "\n").replace(/\s+$/, "").split("\n");
  return verified(
    text,
    path,
    () => putLines(text, path, lines),
    (root) => changed(grown(root, path), path, () => wanted.root),
  );
}

/** mergedIn makes a value out of another one key by key, when that is possible. */
function mergedIn(text: string, path: Path, old: Plain | undefined, wanted: Plain): Edit | undefined {
  if (old === undefined || old === null || wanted === null || typeof old !== "object" || typeof wanted !== "object") return undefined;
  let out = text;
  const step = (edit: Edit | undefined): boolean => {
    if (edit?.text === undefined) return false;
    out = edit.text;
    return true;
  };
  const enter = (key: string | number, from: Plain | undefined, to: Plain): boolean => {
    const at = [...path, key];
    if (from !== undefined && same(from, to)) return true;
    if (to === null) return step(setYaml(out, at, "null"));
    if (typeof to !== "object") return step(setValue(out, at, to));
    return step(mergedIn(out, at, from, to) ?? setYaml(out, at, flowOf(to)));
  };
  if (Array.isArray(old) || Array.isArray(wanted)) {
    if (!Array.isArray(old) || !Array.isArray(wanted) || old.length !== wanted.length || old.length === 0) return undefined;
    return wanted.every((to, i) => enter(i, old[i], to)) ? { text: out } : undefined;
  }
  const keep = Object.keys(wanted).filter((key) => Object.hasOwn(old, key));
  if (keep.length === 0) {
    // Nothing of it stays: its first word becomes the other's first, the rest follows.
    const [from, to] = [firstScalar(old), firstScalar(wanted)];
    if (from === undefined || to === undefined || !step(rekeyed(text, [...path, from], to, wanted[to] as string | number | boolean))) return undefined;
    return step(setYaml(out, path, flowOf(wanted))) ? { text: out } : undefined;
  }
  if (!same(keep, Object.keys(old).filter((key) => Object.hasOwn(wanted, key)))) return undefined;
  for (const key of Object.keys(old)) if (!Object.hasOwn(wanted, key) && !step(setValue(out, [...path, key], undefined))) return undefined;
  for (const key of Object.keys(wanted)) if (!enter(key, old[key], wanted[key] as Plain)) return undefined;
  return { text: out };
}

const firstScalar = (of: { [key: string]: Plain }): string | undefined => Object.keys(of).find((key) => of[key] !== null && typeof of[key] !== "object");

/** flowOf writes a value on one line. */
function flowOf(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(flowOf).join(", ")}]`;
  if (value === null || typeof value !== "object") return written(value);
  return `{${Object.entries(value).map(([key, of]) => `${written(key)}: ${flowOf(of)}`).join(", ")}}`;
}

/** insertStep puts a step, or several as a list, into a list of steps. */
export function insertStep(text: string, at: Place, yaml: string): Edit {
  const items = asItems(yaml);
  const wanted = parse(items.join("\n") + "\n");
  if (isFault(wanted) || !Array.isArray(wanted.root)) return { refused: "unreadable", line: 1 };
  const steps = wanted.root;
  return verified(
    text,
    at.list,
    () => insertedAt(text, at, items),
    (root) => changed(root, at.list, (list) => inserted(list, at.index, steps)),
  );
}

function inserted(list: Plain | undefined, index: number, items: Plain[]): Plain {
  const out = Array.isArray(list) ? [...list] : [];
  out.splice(Math.min(index, out.length), 0, ...items);
  return out;
}

/** removeStep takes a step out with all in it; the steps around it join. */
export function removeStep(text: string, path: Path): Edit {
  return remove(text, path);
}

const within = (path: Path, outer: Path): boolean => outer.every((part, i) => path[i] === part);

/** moveStep takes a step with all in it to a place, counted in the text as it stands. */
export function moveStep(text: string, from: Path, to: Place): Edit {
  const read = parse(text);
  if (isFault(read)) return { refused: "unreadable", line: read.line };
  if (within(to.list, from)) return { refused: "inside_itself", line: lineOf(read, from) };
  const home = from.slice(0, -1);
  const index = Number(from[from.length - 1]);
  if (same([...home], [...to.list]) && (to.index === index || to.index === index + 1)) return { text };
  // What goes in before the step, in a list on the way to it, moves it down by one.
  const depth = to.list.length;
  const shifts = within(from, to.list) && typeof from[depth] === "number" && to.index <= from[depth];
  const now = shifts ? from.map((part, i) => (i === depth ? Number(part) + 1 : part)) : from;
  return verified(
    text,
    from,
    (source) => removed(insertedAt(text, to, linesAt(source, from)), now),
    (root) => changed(changed(root, to.list, (list) => inserted(list, to.index, [valueAt(root, from) as Plain])), now, () => undefined),
  );
}

function linesAt(source: Source, path: Path): string[] {
  const list = source.node(path.slice(0, -1));
  const index = Number(path[path.length - 1]);
  if (!isSeq(list) || !list.items[index]) throw new Refused("missing", lineOf(source, path));
  return itemLines(source, list as List, index);
}

/** stepYaml is a step as text of its own, as a list item, with its comments: what is copied. */
export function stepYaml(text: string, path: Path): string | undefined {
  const read = parse(text);
  if (isFault(read)) return undefined;
  try {
    return linesAt(read, path).join("\n") + "\n";
  } catch {
    return undefined;
  }
}

/** duplicateStep puts a copy of a step behind it; the ids in the copy get a number. */
export function duplicateStep(text: string, path: Path): Edit {
  const copied = stepYaml(text, path);
  if (copied === undefined) return { refused: "missing", line: 1 };
  return pasteSteps(text, { list: path.slice(0, -1), index: Number(path[path.length - 1]) + 1 }, copied);
}

/** pasteSteps inserts steps whose ids may be taken already: those get a number. */
export function pasteSteps(text: string, at: Place, yaml: string): Edit {
  return insertStep(text, at, withFreeIds(asItems(yaml).join("\n") + "\n", idsIn(text)));
}

