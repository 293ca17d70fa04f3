import { MarkerType, Position, type Edge, type Node } from "@xyflow/react";

import type { Diagnostic } from "../../document/server";
import { pathKey, type Step } from "../../document/steps";
import type { Journey } from "../journey";
import type { Phrases } from "../phrases";
import type { Person } from "../presence";
import type { LaneOf } from "../layout/lanes";
import { tidy, type Drawing, type Line } from "../layout/tidy";
import { chipsOf, entries, laneName, outcomesName, stepTitle, summary } from "../summary";
import { lookOf } from "../kinds";
import { markOf, taken, type Live, type Mark } from "./live";
import type { Say } from "../words";

export type StepNode = Node<{ holders?: Person[]; step: Step; problems: Diagnostic[]; note: string; title: string; summary: string; mark: Mark }, "step">;
export type EntryNode = Node<{ entries: string[]; chips: { text: string; goal: boolean }[]; problems: Diagnostic[]; audience: string }, "entry">;
export type ExitNode = Node<{ id: string }, "exit">;
export type EndNode = Node<{ label: string; mark: Mark }, "end">;
export type PlusNode = Node<{ place: { list: readonly (string | number)[]; index: number } }, "plus">;
export type ChipsNode = Node<{ step: Step; lane: LaneOf; label: string; warm: boolean; taken: string[] | undefined }, "chips">;
export type AnyNode = StepNode | EntryNode | ExitNode | EndNode | PlusNode | ChipsNode;
export type LineEdge = Edge<{ points: [number, number][] }, "line">;

const plus = 24;

const letter = 6.4; // about as wide as it is drawn

/** How tall outcomes that go on stand, as many in a row as there is room for. */
export function chipsHeight(labels: readonly string[], width: number): number {
  let [height, row, x] = [0, 0, 0];
  for (const label of labels) {
    const long = label.length * letter + 18;
    const lines = Math.min(3, Math.ceil((long - 18) / (width - 18)));
    const [wide, tall] = [Math.min(long, width), lines > 1 ? 4 + lines * 17 : 28];
    if (x > 0 && x + 4 + wide > width) [height, row, x] = [height + row + 2, 0, 0];
    x += (x > 0 ? 4 : 0) + wide;
    row = Math.max(row, tall);
  }
  return height + row;
}

/** How many letters of a way in stand on one line of the entry's card; a longer one takes two. */
const lineOf = 24;

/** How tall the entry's card is with these ways in and so many chips. */
const entryHeight = (ways: readonly string[], chips: number): number => 58 + (ways.length > 0 ? ways : [""]).slice(0, 3).reduce((n, way) => n + (way.length > lineOf ? 40 : 20), 0) + Math.min(chips, 4) * 26 + 8;

// Sides for lines to start and end at; they are given so that nothing need be measured.
const handles = (width: number, height: number) => [
  { type: "target" as const, position: Position.Top, x: width / 2, y: 0, width: 1, height: 1 },
  { type: "source" as const, position: Position.Bottom, x: width / 2, y: height, width: 1, height: 1 },
];

export interface Picture {
  drawing: Drawing;
  nodes: AnyNode[];
  edges: LineEdge[];
}

/**
 * kept gives the node or line that stood before when nothing that is drawn of it
 * changed: React Flow then passes over it.
 */
function kept<T extends { id: string; data?: unknown }>(before: Map<string, T>, next: T, drawn: (of: T) => unknown[]): T {
  const old = before.get(next.id);
  if (!old) return next;
  const [a, b] = [drawn(old), drawn(next)];
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i])) ? old : next;
}

const flat = (value: unknown): unknown[] => (typeof value === "object" && value !== null ? [JSON.stringify(value)] : [value]);
const drawnOf = (node: AnyNode): unknown[] => [node.position.x, node.position.y, node.width, node.height, node.ariaLabel, ...Object.values(node.data).flatMap(flat)];
const drawnLine = (line: LineEdge): unknown[] => [line.source, line.target, line.className, String(line.data?.points)];

const byId = <T extends { id: string }>(list: T[]): Map<string, T> => new Map(list.map((item) => [item.id, item]));

/** redrawn is a new picture that keeps of the last one what did not change. */
export function redrawn(last: Picture | undefined, next: Picture): Picture {
  if (!last) return next;
  const nodes = byId(last.nodes);
  const edges = byId(last.edges);
  return { drawing: next.drawing, nodes: next.nodes.map((n) => kept(nodes, n, drawnOf)), edges: next.edges.map((e) => kept(edges, e, drawnLine)) };
}

/** pictureOf draws a journey; with `live`, as somebody goes through it: then nothing can be added, nor where it is only looked at. */
export function pictureOf(journey: Journey, t: Say, say: Phrases, live?: Live, readOnly = false): Picture {
  const ways = entries(journey.root, t);
  const chips = chipsOf(journey.root, t);
  const drawing = tidy(journey.steps, [
    { kind: "trigger", exit: -1, list: ["steps"], height: entryHeight(ways.length > 0 ? ways : [t("noTrigger")], chips.length) },
    ...journey.exits.map((e) => ({ kind: "exit" as const, exit: e.index, list: ["exits", e.index, "steps"], height: 64 })),
  ], (step, lane, width) => (lane.list || live || readOnly ? 0 : chipsHeight(lane.outcomes.map((o) => laneName(step, o.name, t)), width)));
  const nodes: AnyNode[] = [];
  const still = { draggable: false, connectable: false, deletable: false };
  for (const box of drawing.boxes) {
    const { width, height } = box;
    const common = { id: box.key, position: { x: box.x, y: box.y }, width, height, measured: { width, height }, handles: handles(width, height), ...still };
    if (box.kind === "step" && box.step) {
      const step = box.step;
      const problems = journey.about.get(box.key) ?? [];
      const title = stepTitle(step);
      const errors = problems.filter((p) => p.severity === "error").length;
      const counted = [errors > 0 && t("problems", { n: errors }), problems.length > errors && t("warnings", { n: problems.length - errors })].filter(Boolean).map((n) => `, ${n}`).join("");
      const mark = markOf(live, step.id);
      const marked = mark ? `, ${t(mark)}` : "";
      const data = { step, problems, mark, note: journey.notes.get(box.key) ?? "", title, summary: summary(step, t, say) };
      nodes.push({ ...common, type: "step", data, ariaLabel: `${t(lookOf(step.verb).word)}: ${title}${counted}${marked}` });
    } else if (box.kind === "trigger") {
      const top = journey.root as { audience?: string } | null;
      nodes.push({ ...common, type: "entry", data: { entries: ways.slice(0, 3), chips: chips.slice(0, 4), problems: journey.about.get("[]") ?? [], audience: top?.audience ?? "" }, ariaLabel: `${t("entry")}: ${ways.join(", ") || t("noTrigger")}` });
    } else if (box.kind === "exit") {
      const id = journey.exits.find((e) => e.index === box.exit)?.id ?? "";
      nodes.push({ ...common, type: "exit", data: { id }, focusable: false, selectable: false });
    } else {
      nodes.push({ ...common, type: "end", data: { label: t("end"), mark: live?.completed && box.exit < 0 ? "passed" : undefined }, focusable: false, selectable: false });
    }
  }
  const left = new Set<string>();
  const quiet = { focusable: false, selectable: false, ...still };
  for (const { key, x, y, width, height, step, lane } of drawing.chips) {
    const by = live ? taken(live, step, lane) : readOnly ? [] : undefined;
    if (by && by.length > 0) left.add(key);
    const warm = lane.outcomes.some((o) => ["timeout", "undelivered", "failed", "past", "unavailable", "exhausted"].includes(o.name));
    nodes.push({ id: `=${key}`, type: "chips", position: { x, y }, width, height, measured: { width, height }, handles: [], data: { step, lane, warm, taken: by, label: outcomesName(step, lane.outcomes, t) }, zIndex: 1, ...quiet });
  }
  for (const { key, x, y, place } of live || readOnly ? [] : drawing.pluses) {
    nodes.push({ id: key, type: "plus", position: { x: x - plus / 2, y: y - plus / 2 }, width: plus, height: plus, measured: { width: plus, height: plus }, handles: [], data: { place }, zIndex: 2, ...quiet });
  }
  const walked = new Set(["$trigger", ...(live?.completed ? ["$trigger.end"] : []), ...(live?.marks ? [] : journey.steps.filter((s) => markOf(live, s.id))).map((s) => pathKey(s.path))]);
  const chipped = new Set(drawing.chips.map((c) => c.key));
  const classOf = (line: Line) => [line.dashed && "line-back", live && walked.has(line.from) && walked.has(line.to) && (!chipped.has(line.by) || left.has(line.by)) && "line-live"].filter(Boolean).join(" ");
  const edges: LineEdge[] = drawing.lines.map((line) => ({
    id: line.key,
    source: line.from,
    target: line.to,
    type: "line",
    data: { points: line.points },
    focusable: false,
    selectable: false,
    deletable: false,
    className: classOf(line),
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, ...(classOf(line).includes("line-live") ? { color: "var(--green-ink)" } : {}) },
    domAttributes: { "aria-hidden": true },
  }));
  return { drawing, nodes, edges };
}

