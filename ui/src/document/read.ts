import { endOf, isFault, parse, type Source } from "./source";
import type { Path, Plain } from "./types";

/** Where a value stands, lines and columns counted from 1, and its characters. */
export interface Spot {
  line: number;
  column: number;
  endLine: number;
  text: string;
}

export type Reading = { ok: true; root: Plain; at(path: Path): Spot | undefined } | { ok: false; line: number; message: string };

/** read gives what a text means, or the line on which it stops being YAML. */
export function read(text: string): Reading {
  const source = parse(text);
  if (isFault(source)) return { ok: false, line: source.line, message: source.message };
  return { ok: true, root: source.root, at: (path) => spot(source, path) };
}

function spot(source: Source, path: Path): Spot | undefined {
  const node = source.node(path);
  if (!node) return undefined;
  const [start] = node.range;
  const end = endOf(source, node, start);
  return { line: source.lineAt(start) + 1, column: source.column(start) + 1, endLine: source.lineAt(Math.max(start, end - 1)) + 1, text: source.text.slice(start, end) };
}
