import { isMap, isScalar, isSeq, type ParsedNode, type Scalar } from "yaml";

import { expanded } from "./expand";
import { below, entryBlock, indented, lineOf, linesOf, outdented, Refused, seatOf, sourceOf, splice, without, blockOf, type Cut, type Seat } from "./lines";
import { written, type Style } from "./scalar";
import { colonOf, dashOf, endOf, isFlow, keyOf, type Entry, type List, type Mapping, type Source } from "./source";
import type { Path } from "./types";

/** How long a line may get before brackets are written as lines of their own. */
const wide = 140;

const verbs = ["send", "ask", "wait", "switch", "split", "parallel", "repeat", "enroll", "call", "handoff", "set", "update", "emit", "goto", "exit"];

// The order in which people read keys; a new one goes where they look for it.
const stepOrder = ["id", "name", "was", "if", ...verbs, "branches"];
const topOrder = ["dsl", "journey", "name", "description", "owner", "tags", "category", "locale", "timezone", "clock", "inputs", "vars", "triggers", "audience", "entry", "delivery", "goals", "exits", "translations", "steps"];

function orderFor(path: Path): string[] | undefined {
  if (path.length === 0) return topOrder;
  return typeof path[path.length - 1] === "number" && path.length >= 2 && (path[0] === "steps" || path.includes("branches") || path.includes("steps")) ? stepOrder : undefined;
}

/** After which of a mapping's keys a new one goes; -1 is before all of them. */
function rankOf(map: Mapping, path: Path, key: string): number {
  const order = orderFor(path);
  const rank = order?.indexOf(key) ?? -1;
  const last = map.items.length - 1;
  if (!order || rank < 0) {
    const branches = order === stepOrder ? (map.items as Entry[]).findIndex((e) => keyOf(e) === "branches") : -1;
    return branches > 0 ? branches - 1 : last;
  }
  let after = -1;
  (map.items as Entry[]).forEach((entry, i) => {
    const other = order.indexOf(keyOf(entry));
    if (other >= 0 && other < rank) after = i;
  });
  return after < 0 && last >= 0 && rank > 0 && order === topOrder ? last : after;
}

function styleOf(node: ParsedNode | null): Style {
  if (!isScalar(node)) return "plain";
  const styles: Record<string, Style> = { PLAIN: "plain", QUOTE_SINGLE: "single", QUOTE_DOUBLE: "double", BLOCK_LITERAL: "literal", BLOCK_FOLDED: "folded" };
  return styles[(node as Scalar).type ?? "PLAIN"] ?? "plain";
}

/** scalarAt writes a value where one stands, or as a new key. */
export function scalarAt(text: string, path: Path, value: string | number | boolean): string {
  const source = sourceOf(text);
  const seat = seatOf(source, path);
  const flow = inFlow(source, path);
  const style = seat ? styleOf(seat.node) : "plain";
  const misreadOtherwise = typeof value !== "string";
  const lines = misreadOtherwise ? [String(value)] : written(value, style, flow);
  return putLines(text, path, lines);
}

/** inFlow reports whether a path's value stands within brackets. */
export function inFlow(source: Source, path: Path): boolean {
  for (let length = 0; length < path.length; length++) if (isFlow(source.node(path.slice(0, length)))) return true;
  return false;
}

/**
 * putLines writes a value, given as lines of YAML: one line goes behind the key; a
 * header such as | and the lines under it; or a mapping or list on lines of its own.
 */
export function putLines(text: string, path: Path, lines: string[]): string {
  if (path.length === 0) throw new Refused("too_tangled", 1);
  let source = sourceOf(text);
  const header = /^[|>]/.test(lines[0] ?? "");
  if (lines.length > 1 && inFlow(source, path)) {
    text = expanded(text, path.slice(0, -1));
    source = sourceOf(text);
  }
  const seat = seatOf(source, path);
  if (seat) return replaced(source, seat, path, lines, header);
  return added(source, path, lines, header);
}

function replaced(source: Source, seat: Seat, path: Path, lines: string[], header: boolean): string {
  const mark = seat.entry ? colonOf(seat.entry) : isSeq(seat.parent) && !seat.parent.flow ? dashOf(seat.parent as List, seat.index as number) : undefined;
  const node = seat.node;
  const first = lines[0] ?? "";
  if (isFlow(seat.parent) && mark === undefined) return splice(source.text, { from: node?.range[0] ?? 0, to: endOf(source, node, 0), text: first });
  if (mark === undefined) throw new Refused("too_tangled", lineOf(source, path));
  const end = endOf(source, node, mark + 1);
  const line = source.lineAt(mark);
  const column = (seat.entry ? source.column(seat.entry.key.range[0]) : source.column(mark)) + 2;
  const block = node && !isFlow(node) && !isScalar(node) && source.lineAt(node.range[0]) > line;
  const blockScalar = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
  if (lines.length === 1) {
    if (block) {
      const tail = { from: source.end(line), to: end, text: "" };
      return splice(source.text, { from: mark + 1, to: mark + 1, text: " " + first }, tail);
    }
    const note = blockScalar ? commentOn(source, line, mark + 1) : "";
    return splice(source.text, { from: node && end > mark + 1 ? node.range[0] : mark + 1, to: end, text: (node && end > mark + 1 ? first : " " + first) + note });
  }
  const lastLine = source.lineAt(Math.max(mark, end - 1));
  const rest = block || blockScalar ? commentOn(source, line, mark + 1) : source.text.slice(end, source.end(lastLine));
  const inner = indented(header ? lines.slice(1) : lines, column);
  const head = header ? " " + first : "";
  const cut: Cut = { from: mark + 1, to: source.end(lastLine), text: head + rest + inner.map((l) => source.eol + l).join("") };
  return splice(source.text, cut);
}

function commentOn(source: Source, line: number, from: number): string {
  return /\s+#.*$/.exec(source.text.slice(from, source.end(line)))?.[0] ?? "";
}

function added(source: Source, path: Path, lines: string[], header: boolean): string {
  const parentPath = path.slice(0, -1);
  const part = path[path.length - 1] as string | number;
  const parent = source.node(parentPath);
  if (parent === undefined || parent === null || (isScalar(parent) && parent.value === null) || (isScalar(parent) && typeof part === "string")) {
    if (parentPath.length === 0 || lines.length > 1) {
      if (parentPath.length === 0) throw new Refused("missing", 1);
      return putLines(putLines(source.text, parentPath, [typeof part === "number" ? "[]" : "{}"]), path, lines);
    }
    return putLines(source.text, parentPath, [typeof part === "number" ? `[${lines[0]}]` : `{${keyText(part)}: ${lines[0]}}`]);
  }
  if (isMap(parent)) return addedKey(source, parent as Mapping, parentPath, String(part), lines, header);
  if (isSeq(parent)) return addedItem(source, parent as List, parentPath, lines, header);
  throw new Refused("missing", lineOf(source, path));
}

function keyText(key: string | number): string {
  return written(String(key), "plain", true)[0] as string;
}

function addedKey(source: Source, map: Mapping, path: Path, key: string, lines: string[], header: boolean): string {
  const entries = map.items as Entry[];
  const after = rankOf(map, path, key);
  if (map.flow) {
    const line = source.lineAt(map.range[1] - 1);
    const length = source.line(line).length + key.length + (lines[0] ?? "").length;
    if (lines.length > 1 || length > wide) {
      if (entries.length > 0) return putLines(expanded(source.text, path), [...path, key], lines);
      if (lines.length > 1) return openedEmpty(source, path, [`${keyText(key)}:${header ? " " + lines[0] : ""}`, ...indented(header ? lines.slice(1) : lines, 2)]);
    }
    const pair = `${keyText(key)}: ${lines[0]}`;
    if (entries.length === 0) return splice(source.text, { from: map.range[0] + 1, to: map.range[1] - 1, text: pair });
    const before = entries[after];
    if (!before) return splice(source.text, { from: (entries[0] as Entry).key.range[0], to: (entries[0] as Entry).key.range[0], text: pair + ", " });
    const end = endOf(source, before.value, Math.max(before.key.range[1], colonOf(before) + (before.value ? 1 : 0)));
    return splice(source.text, { from: end, to: end, text: ", " + pair });
  }
  const first = entries[0];
  if (!first) throw new Refused("too_tangled", lineOf(source, path));
  const column = source.column(first.key.range[0]);
  const head = lines.length === 1 || header ? `${keyText(key)}: ${lines[0]}` : `${keyText(key)}:`;
  const rest = lines.length === 1 ? [] : indented(header ? lines.slice(1) : lines, 2);
  const all = indented([head, ...rest], column);
  const before = entries[after];
  if (before) return splice(source.text, below(source, entryBlock(source, before).last, all));
  const top = entryBlock(source, first);
  if (!top.shared) return splice(source.text, { from: source.start(top.own), to: source.start(top.own), text: all.map((l) => l + source.eol).join("") });
  const start = first.key.range[0];
  return splice(source.text, { from: start, to: start, text: all.join(source.eol).trimStart() + source.eol + " ".repeat(column) });
}

function addedItem(source: Source, list: List, path: Path, lines: string[], header: boolean): string {
  const last = list.items.length - 1;
  if (list.flow) {
    if (lines.length > 1 && list.items.length > 0) return putLines(expanded(source.text, path), [...path, last + 1], lines);
    if (lines.length > 1) return openedEmpty(source, path, asItem(lines, header));
    if (last < 0) return splice(source.text, { from: list.range[0] + 1, to: list.range[1] - 1, text: lines[0] ?? "" });
    const end = endOf(source, list.items[last], 0);
    return splice(source.text, { from: end, to: end, text: ", " + (lines[0] ?? "") });
  }
  const block = blockOf(source, list, last);
  if (!block) throw new Refused("too_tangled", lineOf(source, path));
  return splice(source.text, below(source, block.last, indented(asItem(lines, header), block.column)));
}

function asItem(lines: string[], header: boolean): string[] {
  if (header) return [`- ${lines[0]}`, ...indented(lines.slice(1), 2)];
  return [`- ${lines[0]}`, ...indented(lines.slice(1), 2)];
}

/** openedEmpty puts lines where [] or {} stands, or nothing at all. */
export function openedEmpty(source: Source, path: Path, lines: string[]): string {
  if (inFlow(source, path)) return openedEmpty(sourceOf(expanded(source.text, path.slice(0, -1))), path, lines);
  const seat = seatOf(source, path);
  if (!seat?.entry) throw new Refused("too_tangled", lineOf(source, path));
  const colon = colonOf(seat.entry);
  const end = endOf(source, seat.node, colon + 1);
  const column = source.column(seat.entry.key.range[0]) + 2;
  const line = source.lineAt(Math.max(colon, end - 1));
  return splice(source.text, { from: colon + 1, to: end, text: "" }, below(source, line, indented(lines, column)));
}

/** removed takes a key or an item out, with the comments that belong to it. */
export function removed(text: string, path: Path): string {
  const source = sourceOf(text);
  const seat = seatOf(source, path);
  if (!seat) throw new Refused("missing", lineOf(source, path));
  const { parent } = seat;
  const count = (parent as Mapping | List).items.length;
  if (isFlow(parent)) return fromFlow(source, seat, count);
  if (count === 1) return emptied(source, path);
  if (seat.index !== undefined) {
    const block = blockOf(source, parent as List, seat.index);
    if (!block) throw new Refused("too_tangled", lineOf(source, path));
    return splice(source.text, without(source, block.own, block.last));
  }
  const block = entryBlock(source, seat.entry as Entry);
  if (!block.shared) return splice(source.text, without(source, block.own, block.last));
  const next = ((parent as Mapping).items as Entry[])[((parent as Mapping).items as Entry[]).indexOf(seat.entry as Entry) + 1] as Entry;
  const from = (seat.entry as Entry).key.range[0];
  const nextLine = source.lineAt(next.key.range[0]);
  const between = linesOf(source, block.last + 1, nextLine - 1).filter((l) => l.trim() !== "");
  const dashLine = source.start(block.first);
  const pad = " ".repeat(Math.max(0, /^\s*/.exec(source.line(block.first))?.[0].length ?? 0));
  const above = between.map((l) => pad + l.trimStart() + source.eol).join("");
  return splice(source.text, { from: dashLine, to: dashLine, text: above }, { from, to: next.key.range[0], text: "" });
}

function fromFlow(source: Source, seat: Seat, count: number): string {
  const items = (seat.parent as Mapping | List).items as (Entry | ParsedNode)[];
  const at = seat.index ?? items.indexOf(seat.entry as Entry);
  const span = (item: Entry | ParsedNode): [number, number] => {
    if ("range" in item) return [item.range[0], endOf(source, item, item.range[1])];
    return [item.key.range[0], endOf(source, item.value, Math.max(item.key.range[1], colonOf(item) + (item.value ? 1 : 0)))];
  };
  const [from, to] = span(items[at] as Entry);
  if (count === 1) return splice(source.text, { from: seat.parent.range[0] + 1, to: seat.parent.range[1] - 1, text: "" });
  const next = items[at + 1];
  if (next) return splice(source.text, { from, to: span(next)[0], text: "" });
  return splice(source.text, { from: span(items[at - 1] as Entry)[1], to, text: "" });
}

/** emptied leaves [] or {} of a block whose only entry goes. */
function emptied(source: Source, path: Path): string {
  const seat = seatOf(source, path.slice(0, -1));
  const mark = seat?.entry ? colonOf(seat.entry) : seat && isSeq(seat.parent) ? dashOf(seat.parent as List, seat.index as number) : undefined;
  if (!seat || mark === undefined) throw new Refused("too_tangled", lineOf(source, path));
  const inside = seatOf(source, path) as Seat;
  const block = inside.entry ? entryBlock(source, inside.entry) : blockOf(source, inside.parent as List, inside.index as number);
  if (!block) throw new Refused("too_tangled", lineOf(source, path));
  const brackets = isSeq(inside.parent) ? " []" : " {}";
  if (source.lineAt(mark) === block.first) return splice(source.text, { from: mark + 1, to: source.end(block.last), text: brackets });
  const cut = without(source, block.own, block.last);
  return splice(source.text, { from: mark + 1, to: mark + 1, text: brackets }, cut);
}

export function itemLines(source: Source, list: List, index: number): string[] {
  const block = blockOf(source, list, index);
  if (block) return outdented(linesOf(source, block.own, block.last), block.column);
  const item = list.items[index] as ParsedNode;
  const [first = "", ...rest] = source.text.slice(item.range[0], endOf(source, item, item.range[1])).split(/\r?\n/);
  return [`- ${first}`, ...rest.map((l) => (l.trim() === "" ? "" : "  " + l.trimStart()))];
}
