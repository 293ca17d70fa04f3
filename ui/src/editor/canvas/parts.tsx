import { BaseEdge, Handle, Position, type EdgeProps, type NodeProps } from "@xyflow/react";
import { Check, CircleAlert, GripVertical, MapPin, Minus, PencilLine, Plus, StickyNote, TriangleAlert } from "lucide-react";
import { memo, useState, type DragEvent } from "react";

import { useWords } from "../../app/language";
import { useActions } from "../actions";
import { dragged } from "../dragged";
import { entryLook, exitLook, kinds, lookOf, type Look } from "../kinds";
import { Faces } from "../presence";
import { laneName } from "../summary";
import { useEditorStore } from "../state";
import type { Place } from "../../document/types";
import { words } from "../words";
import type { ChipsNode, EndNode, EntryNode, ExitNode, LineEdge, PlusNode, StepNode } from "./flow";
import type { Mark } from "./live";

function Head({ look, children }: { look: Look; children?: React.ReactNode }) {
  const t = useWords(words);
  return (
    <div className="node-head">
      <look.icon size={14} aria-hidden />
      <span>{t(look.word)}</span>
      {children}
    </div>
  );
}

/** Where lines start and end; they are drawn, because React Flow looks for them. */
const sides = (
  <>
    <Handle type="target" position={Position.Top} isConnectable={false} />
    <Handle type="source" position={Position.Bottom} isConnectable={false} />
  </>
);

function Badges({ problems, note }: { problems: { severity: string }[]; note?: string }) {
  const t = useWords(words);
  const errors = problems.filter((p) => p.severity === "error").length;
  const warnings = problems.length - errors;
  return (
    <span className="node-badges">
      {note && <StickyNote size={14} aria-label={t("note")} className="badge-note" />}
      {warnings > 0 && (
        <span className="badge badge-warning" title={t("warnings", { n: warnings })}>
          <TriangleAlert size={12} aria-hidden /> {warnings}
        </span>
      )}
      {errors > 0 && (
        <span className="badge badge-error" title={t("problems", { n: errors })}>
          <CircleAlert size={12} aria-hidden /> {errors}
        </span>
      )}
    </span>
  );
}

const marks = { passed: Check, here: MapPin, isNew: Plus, isChanged: PencilLine, isGone: Minus };
const markLooks: Partial<Record<NonNullable<Mark>, string>> = { isChanged: "badge-warning", isGone: "badge-error" };

/** That somebody came by here, or stands here, or what a change does to the step: by a word and a sign, not by colour alone. */
function Came({ mark }: { mark: Mark }) {
  const t = useWords(words);
  if (!mark) return null;
  const Icon = marks[mark];
  return (
    <span className={`badge ${markLooks[mark] ?? "badge-live"}`}>
      <Icon size={12} aria-hidden /> {t(mark)}
    </span>
  );
}

export const StepCard = memo(function StepCard({ data, selected }: NodeProps<StepNode>) {
  const { step, problems, note, title } = data;
  const look = lookOf(step.verb);
  const take = (e: DragEvent) => {
    e.dataTransfer.setData(dragged.step, step.id);
    e.dataTransfer.effectAllowed = "move";
  };
  return (
    <div className="node" data-tint={look.tint} data-selected={selected || undefined} data-live={data.mark} title={note || undefined}>
      <Head look={look}>
        <Faces of={data.holders ?? []} label="heldBy" />
        <Came mark={data.mark} />
        <Badges problems={problems} note={note} />
        <span className="node-grip nopan nodrag" draggable onDragStart={take} aria-hidden>
          <GripVertical size={14} />
        </span>
      </Head>
      <div className="node-name">{title}</div>
      <div className="node-summary">{data.summary}</div>
      {sides}
    </div>
  );
});

export const EntryCard = memo(function EntryCard({ data, selected }: NodeProps<EntryNode>) {
  const t = useWords(words);
  return (
    <div className="node node-entry" data-tint="green" data-selected={selected || undefined}>
      <Head look={entryLook}>
        <Badges problems={data.problems} />
      </Head>
      <div className="node-summary node-strong">{t("entersWhen")}</div>
      {(data.entries.length > 0 ? data.entries : [t("noTrigger")]).map((line, i) => (
        <div className="node-line" key={i} title={line}>
          {line}
        </div>
      ))}
      {data.chips.map((chip, i) => (
        <div className="node-chip" data-goal={chip.goal || undefined} key={i} title={chip.text}>
          {chip.text}
        </div>
      ))}
      {sides}
    </div>
  );
});

export const ExitCard = memo(function ExitCard({ data }: NodeProps<ExitNode>) {
  const t = useWords(words);
  return (
    <div className="node" data-tint="gray">
      <Head look={exitLook} />
      <div className="node-name">{t("exitFlow", { exit: data.id })}</div>
      {sides}
    </div>
  );
});

export const EndMark = memo(function EndMark({ data }: NodeProps<EndNode>) {
  return (
    <div className="node-end" data-live={data.mark}>
      {data.label} <Came mark={data.mark} />
      {sides}
    </div>
  );
});

/** What happens when something is dropped on a place of the flow. */
function useDrop(place: Place) {
  const actions = useActions();
  const [over, setOver] = useState(false);
  return {
    over,
    handlers: {
      onDragOver: (e: DragEvent) => {
        e.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (e: DragEvent) => {
        e.preventDefault();
        setOver(false);
        const kind = kinds.find((k) => k.word === e.dataTransfer.getData(dragged.kind));
        const step = actions.byId(e.dataTransfer.getData(dragged.step));
        if (kind) actions.add(kind, place);
        else if (step) actions.moveTo(step, place);
      },
    },
  };
}

export const PlusMark = memo(function PlusMark({ data }: NodeProps<PlusNode>) {
  const t = useWords(words);
  const editor = useEditorStore();
  const { over, handlers } = useDrop(data.place);
  return (
    <button type="button" className="plus nopan nodrag" data-over={over || undefined} aria-label={t("addHere")} title={t("addHere")} onClick={() => editor.getState().set({ adding: data.place })} {...handlers}>
      <Plus size={14} aria-hidden />
    </button>
  );
});

function Chip({ place, text, label, warm }: { place: Place; text: string; label: string; warm: boolean }) {
  const editor = useEditorStore();
  const { over, handlers } = useDrop(place);
  return (
    <button type="button" className="chip nopan nodrag" data-warm={warm || undefined} data-over={over || undefined} aria-label={label} title={label} onClick={() => editor.getState().set({ adding: place })} {...handlers}>
      {text}
    </button>
  );
}

export const ChipsMark = memo(function ChipsMark({ data }: NodeProps<ChipsNode>) {
  const t = useWords(words);
  const { step, lane, taken } = data;
  if (lane.list || taken) {
    const names = taken?.length ? taken.map((name) => laneName(step, name, t)).join(" · ") : data.label;
    return (
      <div className="chips">
        <span className="chip" data-warm={data.warm || undefined} title={names}>
          {taken?.length ? "✓ " : ""}
          {names}
        </span>
      </div>
    );
  }
  return (
    <div className="chips">
      {lane.outcomes.map((o) => {
        const name = laneName(step, o.name, t);
        const place = o.list ? { list: o.list, index: 0 } : { list: step.list, index: step.index + 1 };
        return <Chip key={o.name} place={place} text={name} label={t("addInto", { outcome: name })} warm={["timeout", "undelivered", "failed", "past"].includes(o.name)} />;
      })}
    </div>
  );
});

const bend = 8;

/** A line by way of its points, its corners rounded. */
function pathOf(all: [number, number][]): string {
  const points = all.filter(([x, y], i) => i === 0 || x !== all[i - 1]?.[0] || y !== all[i - 1]?.[1]);
  let d = "";
  points.forEach(([x, y], i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (!before) d += `M${x} ${y}`;
    else if (!after) d += `L${x} ${y}`;
    else {
      const short = ([px, py]: [number, number]): [number, number] => {
        const length = Math.hypot(px - x, py - y);
        const by = length === 0 ? 0 : Math.min(bend, length / 2) / length;
        return [x + (px - x) * by, y + (py - y) * by];
      };
      const [ax, ay] = short(before);
      const [bx, by] = short(after);
      d += `L${ax} ${ay}Q${x} ${y} ${bx} ${by}`;
    }
  });
  return d;
}

export const Line = memo(function Line({ id, data, markerEnd }: EdgeProps<LineEdge>) {
  return <BaseEdge id={id} path={pathOf(data?.points ?? [])} {...(markerEnd ? { markerEnd } : {})} interactionWidth={0} />;
});
