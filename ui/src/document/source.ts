import { isMap, isScalar, isSeq, parseDocument, type Document, type Pair, type ParsedNode, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";

import type { Path, Plain } from "./types";

/** Fault says why a text is not a document we can change, and on which line. */
export interface Fault {
  line: number;
  message: string;
}

export type Mapping = YAMLMap.Parsed;
export type List = YAMLSeq.Parsed;
export type Entry = Pair<ParsedNode, ParsedNode | null>;

/**
 * Source is a text beside what it means: its nodes know where they stand, so that a
 * change can be cut into the text. Lines and columns count from 0 here.
 */
export class Source {
  readonly starts: number[] = [0];
  readonly eol: "\n" | "\r\n";
  readonly top: ParsedNode | null;
  readonly root: Plain;

  constructor(
    readonly text: string,
    document: Document.Parsed,
  ) {
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.starts.push(i + 1);
    this.eol = text.includes("\r\n") ? "\r\n" : "\n";
    this.top = document.contents;
    this.root = plain(this.top);
  }

  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** How many lines there are; a line break at the end begins no further one. */
  get lines(): number {
    return this.starts[this.starts.length - 1] === this.text.length ? this.starts.length - 1 : this.starts.length;
  }

  start(line: number): number {
    return this.starts[line] ?? this.text.length;
  }

  /** The end of a line, before its line break. */
  end(line: number): number {
    let end = this.start(line + 1);
    if (end > 0 && line + 1 < this.starts.length && this.text[end - 1] === "\n") end--;
    if (this.text[end - 1] === "\r") end--;
    return Math.max(end, this.start(line));
  }

  line(line: number): string {
    return this.text.slice(this.start(line), this.end(line));
  }

  column(offset: number): number {
    return offset - this.start(this.lineAt(offset));
  }

  node(path: Path): ParsedNode | null | undefined {
    let node: ParsedNode | null | undefined = this.top;
    for (const part of path) {
      if (isMap(node)) node = entryOf(node as Mapping, part)?.value;
      else if (isSeq(node)) node = (node as List).items[Number(part)];
      else return undefined;
    }
    return node;
  }
}

export function keyOf(entry: Entry): string {
  const key = entry.key as Scalar;
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}

export function entryOf(map: Mapping, key: string | number): Entry | undefined {
  return (map.items as Entry[]).find((e) => keyOf(e) === String(key));
}

export const isFlow = (node: unknown): boolean => (isMap(node) || isSeq(node)) && node.flow === true;

function plain(node: ParsedNode | null): Plain {
  if (node === null) return null;
  if (isScalar(node)) {
    const value: unknown = node.value;
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
  }
  if (isSeq(node)) return (node as List).items.map(plain);
  if (isMap(node)) {
    const out: { [key: string]: Plain } = Object.create(null) as { [key: string]: Plain };
    for (const entry of node.items as Entry[]) out[keyOf(entry)] = plain(entry.value);
    return out;
  }
  throw new Error("an alias");
}

const known = new Map<string, Source | Fault>();

/** parse reads a text once; the last few are remembered, because a change reads both sides. */
export function parse(text: string): Source | Fault {
  const found = known.get(text);
  if (found) return found;
  const read = parseAnew(text);
  known.set(text, read);
  if (known.size > 6) known.delete(known.keys().next().value as string);
  return read;
}

function parseAnew(text: string): Source | Fault {
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false, schema: "core", merge: false, logLevel: "silent" });
  const error = document.errors[0];
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length;
  if (error) return { line: lineOf(error.pos[0]), message: error.message };
  try {
    return new Source(text, document as Document.Parsed);
  } catch {
    return { line: Math.max(1, lineOf(text.search(/(^|\s)\*[^\s,\]}]/m))), message: "YAML aliases are not part of the language" };
  }
}

export const isFault = (read: Source | Fault): read is Fault => !(read instanceof Source);

/** The offset of a `:` or `-` that stands in front of a value. */
export function markOf(tokens: { type: string; offset?: number; source?: string }[] | undefined, type: "map-value-ind" | "seq-item-ind"): number | undefined {
  return tokens?.find((t) => t.type === type)?.offset;
}

export function colonOf(entry: Entry): number {
  const tokens = (entry.srcToken as { sep?: { type: string; offset: number }[] } | undefined)?.sep;
  return markOf(tokens, "map-value-ind") ?? entry.key.range[1];
}

export function dashOf(list: List, index: number): number | undefined {
  const token = list.srcToken as { items?: { start: { type: string; offset: number }[] }[] } | undefined;
  return markOf(token?.items?.[index]?.start, "seq-item-ind");
}

/** Where the last character of a value stands, plus one; `before` when nothing is written. */
export function endOf(source: Source, node: ParsedNode | null | undefined, before: number): number {
  if (!node) return before;
  const [start, end] = node.range;
  if (isScalar(node)) {
    if (start === end) return before;
    if (node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED") return end;
    const text = source.text.slice(start, end);
    const kept = /^[|>][0-9]?\+/.test(text);
    return start + (kept ? text.replace(/\r?\n$/, "") : text.trimEnd()).length;
  }
  if (isFlow(node)) return end;
  if (isMap(node)) {
    const last = (node.items as Entry[])[node.items.length - 1];
    return last ? endOf(source, last.value, colonOf(last) + 1) : end;
  }
  if (isSeq(node)) {
    const list = node as List;
    const last = list.items.length - 1;
    return last >= 0 ? endOf(source, list.items[last], (dashOf(list, last) ?? start) + 1) : end;
  }
  return end;
}
