import { isMap, isSeq, type ParsedNode } from "yaml";

import { colonOf, dashOf, endOf, isFault, keyOf, parse, Source, type Entry, type List, type Mapping } from "./source";
import type { Path } from "./types";

/** Why a change was not made; words.ts says them to people. */
export type Reason = "unreadable" | "missing" | "inside_itself" | "too_tangled";

/** Refused stops a change: nothing was written. Its line counts from 1. */
export class Refused extends Error {
  constructor(
    readonly reason: Reason,
    readonly line: number,
  ) {
    super(reason);
  }
}

export function sourceOf(text: string): Source {
  const read = parse(text);
  if (isFault(read)) throw new Refused("unreadable", read.line);
  return read;
}

/** Lines of a text, both included: `own` is where the comments start that belong to it. */
export interface Block {
  own: number;
  first: number;
  last: number;
  column: number;
}

function columnOfText(line: string): number {
  return line.length - line.trimStart().length;
}

/** Comment lines directly above, at the same indentation, belong to what they stand on. */
function ownAbove(source: Source, first: number, column: number): number {
  let own = first;
  while (own > 0) {
    const line = source.line(own - 1);
    if (!line.trimStart().startsWith("#") || columnOfText(line) !== column) break;
    own--;
  }
  return own;
}

/** Comments below that are indented deeper belong to what is above them. */
function deeperBelow(source: Source, last: number, column: number): number {
  let end = last;
  for (let n = last + 1; n < source.lines; n++) {
    const line = source.line(n);
    if (line.trim() === "") continue;
    if (!line.trimStart().startsWith("#") || columnOfText(line) <= column) break;
    end = n;
  }
  return end;
}

/** blockOf gives the lines of an item of a block list; undefined when it shares one. */
export function blockOf(source: Source, list: List, index: number): Block | undefined {
  const dash = dashOf(list, index);
  if (dash === undefined || list.flow) return undefined;
  const first = source.lineAt(dash);
  const column = source.column(dash);
  if (source.text.slice(source.start(first), dash).trim() !== "") return undefined;
  const last = source.lineAt(Math.max(dash, endOf(source, list.items[index], dash + 1) - 1));
  return { own: ownAbove(source, first, column), first, last: deeperBelow(source, last, column), column };
}

/** entryBlock gives the lines of a key of a block mapping; `shared` when it follows a dash. */
export function entryBlock(source: Source, entry: Entry): Block & { shared: boolean } {
  const start = entry.key.range[0];
  const first = source.lineAt(start);
  const column = source.column(start);
  const shared = source.text.slice(source.start(first), start).trim() !== "";
  const last = source.lineAt(Math.max(start, endOf(source, entry.value, colonOf(entry) + 1) - 1));
  return { own: shared ? first : ownAbove(source, first, column), first, last: deeperBelow(source, last, column), column, shared };
}

/** A cut of the text: what stands between two offsets becomes something else. */
export interface Cut {
  from: number;
  to: number;
  text: string;
}

export function splice(text: string, ...cuts: Cut[]): string {
  let out = text;
  for (const cut of [...cuts].sort((a, b) => b.from - a.from || b.to - a.to)) out = out.slice(0, cut.from) + cut.text + out.slice(cut.to);
  return out;
}

/** below puts lines under a line; the file keeps its line break at the end, or its lack of one. */
export function below(source: Source, line: number, lines: string[]): Cut {
  if (line < 0) return { from: 0, to: 0, text: lines.map((l) => l + source.eol).join("") };
  const end = source.end(line);
  return { from: end, to: end, text: lines.map((l) => source.eol + l).join("") };
}

/** without takes whole lines out, and one of two blank lines that would then meet. */
export function without(source: Source, first: number, last: number): Cut {
  let to = last;
  const blank = (n: number) => n >= 0 && n < source.lines && source.line(n).trim() === "";
  if (blank(first - 1) && blank(last + 1)) to++;
  if (to + 1 >= source.lines && first > 0) {
    while (first > 1 && blank(first - 1)) first--;
    return { from: source.end(first - 1), to: source.end(Math.min(to, source.lines - 1)), text: "" };
  }
  return { from: source.start(first), to: source.start(to + 1), text: "" };
}

export function indented(lines: string[], by: number): string[] {
  return lines.map((l) => (l.trim() === "" ? "" : " ".repeat(by) + l));
}

/** outdented takes the indentation of the first line away from all of them. */
export function outdented(lines: string[], column: number): string[] {
  return lines.map((l) => l.slice(Math.min(column, columnOfText(l))));
}

export function linesOf(source: Source, first: number, last: number): string[] {
  const out: string[] = [];
  for (let n = first; n <= last; n++) out.push(source.line(n));
  return out;
}

/** The entry or item that leads to a path's last part, and what it stands in. */
export interface Seat {
  parent: ParsedNode;
  entry?: Entry;
  index?: number;
  node: ParsedNode | null;
}

export function seatOf(source: Source, path: Path): Seat | undefined {
  const parent = source.node(path.slice(0, -1));
  const part = path[path.length - 1];
  if (part === undefined || !parent) return undefined;
  if (isMap(parent)) {
    const entry = ((parent as Mapping).items as Entry[]).find((e) => keyOf(e) === String(part));
    return entry && { parent: parent as ParsedNode, entry, node: entry.value };
  }
  if (isSeq(parent)) {
    const index = Number(part);
    const node = (parent as List).items[index];
    return node === undefined ? undefined : { parent: parent as ParsedNode, index, node };
  }
  return undefined;
}

export function lineOf(source: Source, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = source.node(path.slice(0, length));
    if (node) return source.lineAt(node.range[0]) + 1;
  }
  return 1;
}
