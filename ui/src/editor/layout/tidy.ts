import { fieldsOf, pathKey, textOf, type Step } from "../../document/steps";
import type { Path, Place } from "../../document/types";
import { lanesOf, straight, type LaneOf } from "./lanes";

export const node = { width: 248, height: 92 };
const gap = { row: 64, column: 36, lane: 112, chips: 44, branch: 22, merge: 26 };
const narrow = 176;

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Box extends Rectangle {
  key: string;
  kind: "trigger" | "exit" | "step" | "end";
  step: Step | undefined;
  /** Which of the journey's exits it heads; only for kind exit. */
  exit: number;
}

/** The outcomes that lead into a lane, drawn at its source. */
export interface Chips extends Rectangle {
  key: string;
  step: Step;
  lane: LaneOf;
}

export interface Plus {
  key: string;
  x: number;
  y: number;
  place: Place;
}

export interface Line {
  key: string;
  from: string;
  /** The key of the lane by which it leaves `from`, or that of `from` itself. */
  by: string;
  to: string;
  points: [number, number][];
  dashed: boolean;
}

export interface Drawing extends Rectangle {
  boxes: Box[];
  chips: Chips[];
  pluses: Plus[];
  lines: Line[];
}

/** An open end: a line that has yet to find what comes next. */
interface End {
  from: string;
  key: string;
  points: [number, number][];
}

interface Span {
  left: number;
  right: number;
}

interface Head {
  kind: "trigger" | "exit";
  exit: number;
  list: Path;
  height: number;
}

/**
 * tidy places the steps of a journey: one under the other, branches side by side in
 * the order of the file, each under its outcome, meeting again above the step that
 * follows. Nothing overlaps, because a branch owns the column that it needs; and a
 * step that comes in moves only what is beside or below it. Jumps run dashed along
 * the left. `room` says how tall the outcomes of a lane stand in a width.
 */
export function tidy(steps: Step[], heads: Head[], room: Room = () => 0): Drawing {
  return new Tidy(steps, room).draw(heads);
}

type Room = (step: Step, lane: LaneOf, width: number) => number;

class Tidy {
  private readonly lists = new Map<string, Step[]>();
  private readonly spans = new Map<string, Span>();
  private readonly lanes = new Map<string, LaneOf[]>();
  private readonly boxes: Box[] = [];
  private readonly chips: Chips[] = [];
  private readonly pluses: Plus[] = [];
  private readonly lines: Line[] = [];

  constructor(
    private readonly steps: Step[],
    private readonly room: Room,
  ) {
    for (const step of steps) {
      const key = pathKey(step.list);
      const list = this.lists.get(key);
      if (list) list.push(step);
      else this.lists.set(key, [step]);
    }
  }

  draw(heads: Head[]): Drawing {
    let left = 0;
    for (const head of heads) {
      const span = this.spanOfList(head.list);
      const reach = { left: Math.max(span.left, node.width / 2), right: Math.max(span.right, node.width / 2) };
      this.flow(head, left + reach.left);
      left += reach.left + reach.right + gap.column * 2;
    }
    this.jumps();
    return { ...around([...this.boxes, ...this.chips]), boxes: this.boxes, chips: this.chips, pluses: this.pluses, lines: this.lines };
  }

  private flow(head: Head, axis: number): void {
    const key = head.kind === "trigger" ? "$trigger" : `$exit.${head.exit}`;
    this.boxes.push({ key, kind: head.kind, step: undefined, exit: head.exit, x: axis - node.width / 2, y: 0, width: node.width, height: head.height });
    const start: End = { from: key, key, points: [[axis, head.height]] };
    const { bottom, ends } = this.list(head.list, axis, head.height + gap.row, [start]);
    if (ends.length === 0) return;
    const y = bottom + gap.row;
    const size = { width: 96, height: 32 };
    this.plus(axis, y - gap.merge + 4, { list: head.list, index: this.lists.get(pathKey(head.list))?.length ?? 0 });
    this.boxes.push({ key: key + ".end", kind: "end", step: undefined, exit: head.exit, x: axis - size.width / 2, y, ...size });
    this.arrive(ends, key + ".end", axis, y);
  }

  private lanesFor(step: Step): LaneOf[] {
    const key = pathKey(step.path);
    let lanes = this.lanes.get(key);
    if (!lanes) this.lanes.set(key, (lanes = lanesOf(step)));
    return lanes;
  }

  private spanOfList(list: Path | undefined): Span {
    if (!list) return { left: narrow / 2, right: narrow / 2 };
    const key = pathKey(list);
    let span = this.spans.get(key);
    if (span) return span;
    span = { left: node.width / 2, right: node.width / 2 };
    for (const step of this.lists.get(key) ?? []) {
      const own = this.spanOfStep(step);
      span.left = Math.max(span.left, own.left);
      span.right = Math.max(span.right, own.right);
    }
    this.spans.set(key, span);
    return span;
  }

  /** Where each lane's axis stands from the step's own, and how far they all reach. */
  private columns(step: Step): { axes: number[]; left: number; right: number } {
    const spans = this.lanesFor(step).map((lane) => this.spanOfList(lane.list));
    const axes: number[] = [];
    let x = 0;
    for (const span of spans) {
      axes.push(x + span.left);
      x += span.left + span.right + gap.column;
    }
    const middle = ((axes[0] ?? 0) + (axes[axes.length - 1] ?? 0)) / 2;
    return { axes: axes.map((a) => a - middle), left: middle, right: x - gap.column - middle };
  }

  private spanOfStep(step: Step): Span {
    const lanes = this.lanesFor(step);
    const half = node.width / 2;
    if (lanes.length === 0 || straight(step, lanes)) return { left: half, right: half };
    const { left, right } = this.columns(step);
    return { left: Math.max(half, left), right: Math.max(half, right) };
  }

  private list(list: Path, axis: number, top: number, ends: End[]): { bottom: number; ends: End[] } {
    let y = top;
    let open = ends;
    let bottom = top - gap.row;
    (this.lists.get(pathKey(list)) ?? []).forEach((step, index) => {
      this.plus(axis, y - gap.merge + 4, { list, index });
      this.arrive(open, pathKey(step.path), axis, y);
      const placed = this.step(step, axis, y);
      bottom = placed.bottom;
      open = placed.ends;
      y = bottom + gap.row;
    });
    return { bottom, ends: open };
  }

  /** branch places a list within another one: its open ends meet, and leave together. */
  private branch(list: Path, axis: number, top: number, start: End): { bottom: number; ends: End[] } {
    const placed = this.list(list, axis, top, [start]);
    const { ends } = placed;
    const bottom = this.lists.has(pathKey(list)) ? placed.bottom : top - gap.merge;
    if (ends.length === 0) return { bottom, ends };
    const meet = ends.length > 1 || ends[0]?.points.at(-1)?.[0] !== axis ? bottom + 16 : bottom;
    this.plus(axis, meet + gap.merge - 4, { list, index: this.lists.get(pathKey(list))?.length ?? 0 });
    const joined = ends.map((end) => {
      const [x] = end.points[end.points.length - 1] as [number, number];
      const points: [number, number][] = x === axis ? [...end.points, [axis, meet]] : [...end.points, [x, meet], [axis, meet]];
      return { ...end, points };
    });
    return { bottom: meet + gap.merge + 8, ends: joined };
  }

  private step(step: Step, axis: number, y: number): { bottom: number; ends: End[] } {
    const key = pathKey(step.path);
    this.boxes.push({ key, kind: "step", step, exit: -1, x: axis - node.width / 2, y, ...node });
    const under = y + node.height;
    const lanes = this.lanesFor(step);
    if (lanes.length === 0) return { bottom: under, ends: [] };
    if (straight(step, lanes)) return { bottom: under, ends: [{ from: key, key, points: [[axis, under]] }] };
    const { axes } = this.columns(step);
    const ends: End[] = [];
    const widthOf = (lane: LaneOf) => (lane.list || lanes.length === 1 ? node.width : narrow) - 8;
    const chips = Math.max(gap.chips, ...lanes.map((lane) => this.room(step, lane, widthOf(lane))));
    let bottom = under + gap.branch + chips + 2;
    lanes.forEach((lane, i) => {
      const x = axis + (axes[i] ?? 0);
      const laneKey = `${key}/${i}`;
      const width = widthOf(lane);
      this.chips.push({ key: laneKey, step, lane, x: x - width / 2, y: under + gap.branch, width, height: chips });
      const points: [number, number][] = [[axis, under], [axis, under + gap.branch / 2], [x, under + gap.branch / 2]];
      const start: End = { from: key, key: laneKey, points };
      if (!lane.list) {
        ends.push(start);
        return;
      }
      const placed = this.branch(lane.list, x, under + gap.lane + chips - gap.chips, start);
      bottom = Math.max(bottom, placed.bottom);
      if (lane.loops) this.back(placed.ends, key, axis, y, x - this.spanOfList(lane.list).left);
      else ends.push(...placed.ends);
    });
    return { bottom: Math.max(bottom, ...ends.map((e) => e.points[e.points.length - 1]?.[1] ?? 0)), ends };
  }

  private plus(x: number, y: number, place: Place): void {
    this.pluses.push({ key: `+${pathKey(place.list)}.${place.index}`, x, y, place });
  }

  private arrive(ends: End[], to: string, axis: number, y: number): void {
    for (const end of ends) {
      const [x] = end.points[end.points.length - 1] as [number, number];
      const points: [number, number][] = x === axis ? [...end.points, [axis, y]] : [...end.points, [x, y - gap.row + 14], [axis, y - gap.row + 14], [axis, y]];
      this.lines.push({ key: `${end.key}>${to}`, from: end.from, by: end.key, to, points, dashed: false });
    }
  }

  /** back leads the ends of a repeat's steps up to the repeat again. */
  private back(ends: End[], to: string, axis: number, y: number, left: number): void {
    for (const end of ends) {
      const [x, from] = end.points[end.points.length - 1] as [number, number];
      const gutter = left - 12;
      this.lines.push({ key: `${end.key}>${to}`, from: end.from, by: end.key, to, dashed: true, points: [...end.points, [x, from + 20], [gutter, from + 20], [gutter, y + node.height / 2], [axis - node.width / 2, y + node.height / 2]] });
    }
  }

  private jumps(): void {
    const byId = new Map(this.steps.map((s) => [s.id, s]));
    const boxes = new Map(this.boxes.map((b) => [b.key, b]));
    let nth = 0;
    for (const step of this.steps) {
      if (step.verb !== "goto") continue;
      const target = byId.get(textOf(fieldsOf(step.body).step));
      const from = boxes.get(pathKey(step.path));
      const to = target && boxes.get(pathKey(target.path));
      if (!from || !to) continue;
      const between = this.boxes.filter((b) => b.y + b.height > Math.min(from.y, to.y) && b.y < Math.max(from.y, to.y) + node.height);
      const gutter = Math.min(...between.map((b) => b.x)) - 24 - (nth++ % 6) * 8;
      const start: [number, number] = [from.x + from.width / 2, from.y + from.height];
      this.lines.push({ key: `${from.key}>${to.key}`, from: from.key, by: from.key, to: to.key, dashed: true, points: [start, [start[0], start[1] + 14], [gutter, start[1] + 14], [gutter, to.y + to.height / 2], [to.x, to.y + to.height / 2]] });
    }
  }
}

function around(list: Rectangle[]): Rectangle {
  const x = Math.min(0, ...list.map((b) => b.x));
  const y = Math.min(0, ...list.map((b) => b.y));
  return { x, y, width: Math.max(...list.map((b) => b.x + b.width)) - x, height: Math.max(...list.map((b) => b.y + b.height)) - y };
}
