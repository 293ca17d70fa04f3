import "@xyflow/react/dist/base.css";
import "./canvas.css";

import { Background, MiniMap, Panel, ReactFlow, ReactFlowProvider, useReactFlow, useStoreApi, type AriaLabelConfig, type Node, type NodeMouseHandler } from "@xyflow/react";
import { House, Maximize, Minus, Plus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { useWords } from "../../app/language";
import { pathKey } from "../../document/steps";
import { useJourney } from "../journey";
import { usePhrases } from "../phrases";
import { useOthers } from "../presence";
import type { Box } from "../layout/tidy";
import { stepOf, useEditor, useEditorStore } from "../state";
import { useCanvasKeys } from "./keys";
import { pictureOf, redrawn, type AnyNode, type Picture } from "./flow";
import { ChipsMark, EndMark, EntryCard, ExitCard, Line, PlusMark, StepCard } from "./parts";
import { words } from "../words";

// All of these stand outside the component: a new object for any of them would draw
// every node again.
const nodeTypes = { step: StepCard, entry: EntryCard, exit: ExitCard, end: EndMark, plus: PlusMark, chips: ChipsMark };
const edgeTypes = { line: Line };
const noBadge = { hideAttribution: false };
const nodeColor = (node: Node): string => (node.type === "step" || node.type === "entry" ? "var(--minimap-node)" : "transparent");
const openingZoom = 0.9;

/** Canvas draws the journey around it. Of several on one page each has a name of its own. */
export default function Canvas({ name }: { id?: string; name?: string }) {
  return (
    <ReactFlowProvider>
      <Flow name={name} />
    </ReactFlowProvider>
  );
}

function Flow({ name }: { name: string | undefined }) {
  const t = useWords(words);
  const journey = useJourney();
  const say = usePhrases();
  const editor = useEditorStore();
  const chosen = useEditor((e) => e.chosen);
  const last = useRef<Picture>(undefined);
  const live = useEditor((e) => e.live);
  const readOnly = useEditor((e) => e.readOnly);
  const picture = useMemo(() => (last.current = redrawn(last.current, pictureOf(journey, t, say, live, readOnly))), [journey, live, readOnly, say, t]);
  const chosenKey = chosen && (chosen.path.length === 0 ? "$trigger" : pathKey(stepOf(journey.steps, chosen)?.path ?? ["?"]));
  const others = useOthers();
  const nodes = useMemo(
    () =>
      picture.nodes.map((n): AnyNode => {
        const holders = n.type === "step" ? others.filter((p) => p.step !== "" && p.step === n.data.step.id) : [];
        const node = n.type === "step" && holders.length > 0 ? { ...n, data: { ...n.data, holders } } : n;
        return n.id === chosenKey ? { ...node, selected: true } : node;
      }),
    [picture, chosenKey, others],
  );
  const latest = useRef(journey);
  latest.current = journey;
  const onNodeClick = useCallback<NodeMouseHandler>(
    (_, node) => {
      if (node.id === "$trigger") editor.getState().chooseJourney();
      else {
        const step = latest.current.byKey.get(node.id);
        if (step) editor.getState().choose(step);
      }
    },
    [editor],
  );
  const onPaneClick = useCallback(() => editor.getState().choose(undefined), [editor]);
  const labels = useMemo((): Partial<AriaLabelConfig> => ({ "minimap.ariaLabel": t("minimap"), "node.a11yDescription.default": "", "edge.a11yDescription.default": "" }), [t]);
  return (
    <ReactFlow<AnyNode>
      {...(name ? { id: name.replace(/\W+/g, "-") } : {})}
      className="canvas"
      aria-label={name ?? t("canvas")}
      nodes={nodes}
      edges={picture.edges as never[]}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodeClick={onNodeClick as NodeMouseHandler<AnyNode>}
      onPaneClick={onPaneClick}
      onlyRenderVisibleElements
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      disableKeyboardA11y
      deleteKeyCode={null}
      selectionKeyCode={null}
      multiSelectionKeyCode={null}
      zoomOnDoubleClick={false}
      panOnScroll
      minZoom={0.1}
      maxZoom={2}
      proOptions={noBadge}
      ariaLabelConfig={labels}
    >
      <Background gap={24} />
      {!name && <MiniMap nodeColor={nodeColor} pannable className="minimap" />}
      <Moves picture={picture} />
    </ReactFlow>
  );
}

/** Moves brings the picture to what is asked for: its start, all of it, or one step. */
function Moves({ picture }: { picture: Picture }) {
  const t = useWords(words);
  const flow = useReactFlow();
  const store = useStoreApi();
  const editor = useEditorStore();
  const focus = useEditor((e) => e.focus);
  const shown = useEditor((e) => e.shown);
  const journey = useJourney();
  const boxes = useMemo(() => new Map(picture.drawing.boxes.map((b) => [b.key, b])), [picture]);
  const home = useCallback(() => {
    const { width } = store.getState();
    const entry = boxes.get("$trigger");
    if (entry) void flow.setViewport({ x: width / 2 - (entry.x + entry.width / 2) * openingZoom, y: 32, zoom: openingZoom });
  }, [boxes, flow, store]);
  const fit = useCallback(() => {
    const { width, height } = store.getState();
    const { drawing } = picture;
    // A small journey is not blown up.
    if (drawing.width < width * 0.9 && drawing.height < height * 0.9) void flow.setCenter(drawing.x + drawing.width / 2, drawing.y + drawing.height / 2, { zoom: 1 });
    else void flow.fitBounds(drawing, { padding: 0.06 });
  }, [flow, picture, store]);
  const show = useCallback(
    (box: Box) => {
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      const [left, top] = [box.x * zoom + x, box.y * zoom + y];
      const outside = left < 8 || top < 8 || left + box.width * zoom > width - 8 || top + box.height * zoom > height - 8;
      if (outside) void flow.setCenter(box.x + box.width / 2, box.y + box.height / 2, { zoom: Math.max(zoom, 0.6) });
    },
    [flow, store],
  );
  const opened = useRef(false);
  const width = useStoreWidth();
  useEffect(() => {
    if (opened.current || width === 0 || journey.steps.length + journey.text.length === 0) return;
    opened.current = true;
    home();
  }, [home, journey, width]);
  useEffect(() => {
    const wanted = focus ?? shown;
    if (!wanted || width === 0) return;
    const box = boxes.get(wanted.length === 0 ? "$trigger" : pathKey(wanted));
    if (!box) return;
    editor.getState().set({ focus: undefined, shown: undefined });
    show(box);
    if (focus) focusOn(store.getState().domNode, box.key, 30);
  }, [focus, shown, boxes, show, width, editor, store]);
  // A simulation goes on: where the person waits now, or came last, comes into view.
  const live = useEditor((e) => e.live);
  useEffect(() => {
    const here = live && (journey.steps.find((s) => live.here.has(s.id)) ?? journey.steps.find((s) => s.id === live.last));
    const box = here && boxes.get(pathKey(here.path));
    if (box && width > 0) show(box);
  }, [live, journey, boxes, width, show]);
  useCanvasKeys({ home, fit, boxes });
  const zoom = (by: number) => void flow.zoomTo(flow.getZoom() * by);
  return (
    <Panel position="bottom-left" className="zooms">
      <button type="button" aria-label={t("zoomIn")} title={t("zoomIn")} onClick={() => zoom(1.25)}>
        <Plus size={16} aria-hidden />
      </button>
      <button type="button" aria-label={t("zoomOut")} title={t("zoomOut")} onClick={() => zoom(0.8)}>
        <Minus size={16} aria-hidden />
      </button>
      <button type="button" aria-label={t("home")} title={t("home")} onClick={home}>
        <House size={16} aria-hidden />
      </button>
      <button type="button" aria-label={t("fit")} title={t("fit")} onClick={fit}>
        <Maximize size={16} aria-hidden />
      </button>
    </Panel>
  );
}

/** A node that was out of sight is drawn a moment after the picture moved: wait for it. */
function focusOn(canvas: HTMLElement | null, key: string, tries: number): void {
  const found = canvas?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(key)}"]`);
  if (found) found.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusOn(canvas, key, tries - 1));
}

function useStoreWidth(): number {
  const store = useStoreApi();
  const [width, setWidth] = useState(store.getState().width);
  useEffect(() => store.subscribe((s) => setWidth(s.width)), [store, setWidth]);
  return width;
}
