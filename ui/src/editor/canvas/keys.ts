import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";

import type { Step } from "../../document/steps";
import { useActions } from "../actions";
import { useJourney } from "../journey";
import type { Box } from "../layout/tidy";
import { useEditorStore } from "../state";
import { stepKeys } from "../keys";

interface Asked {
  home: () => void;
  fit: () => void;
  boxes: Map<string, Box>;
}

/** beside finds the nearest step to the left or right, at about the same height. */
export function beside(boxes: Iterable<Box>, from: Box, by: -1 | 1): Box | undefined {
  let best: Box | undefined;
  let least = Infinity;
  for (const box of boxes) {
    if (box.kind !== "step" || (box.x - from.x) * by <= 0) continue;
    const far = Math.abs(box.x - from.x) + Math.abs(box.y - from.y) * 3;
    if (far < least) [best, least] = [box, far];
  }
  return best;
}

/** useCanvasKeys lets the keyboard walk and change the flow while it has the focus. */
export function useCanvasKeys(asked: Asked): void {
  const store = useStoreApi();
  const flow = useReactFlow();
  const actions = useActions();
  const editor = useEditorStore();
  const journey = useJourney();
  const now = useRef({ asked, journey });
  now.current = { asked, journey };
  useEffect(() => {
    const root = store.getState().domNode;
    if (!root) return undefined;
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (target.closest("input, textarea, [contenteditable=true]")) return;
      const { asked, journey } = now.current;
      const key = target.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? "";
      const step = journey.byKey.get(key);
      const plain = !e.ctrlKey && !e.metaKey && !e.altKey;
      const choose = (to: Step | undefined) => to && editor.getState().choose(to, true);
      const done = () => {
        e.preventDefault();
        e.stopPropagation();
      };
      if (plain && e.key === "0") return done(), asked.home();
      if (plain && e.key === "1") return done(), asked.fit();
      if (plain && (e.key === "+" || e.key === "=")) return done(), void flow.zoomTo(flow.getZoom() * 1.25);
      if (plain && e.key === "-") return done(), void flow.zoomTo(flow.getZoom() * 0.8);
      if (plain && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
        const at = step ? journey.steps.indexOf(step) : -1;
        const to = journey.steps[at + (e.key === "ArrowDown" ? 1 : -1)];
        done();
        if (to) choose(to);
        else if (e.key === "ArrowUp") editor.getState().set({ chosen: { path: [], id: "" }, inspecting: true, focus: [] });
        return undefined;
      }
      if (plain && (e.key === "ArrowLeft" || e.key === "ArrowRight")) {
        const from = asked.boxes.get(key);
        const to = from && beside(asked.boxes.values(), from, e.key === "ArrowRight" ? 1 : -1);
        done();
        return choose(to?.step);
      }
      if (key === "$trigger" && e.key === "Enter") return done(), editor.getState().chooseJourney();
      if (target.closest("button") || editor.getState().live) return undefined; // what is played is not edited here
      if (stepKeys(e, step, actions, editor)) done();
      return undefined;
    };
    root.addEventListener("keydown", onKey);
    return () => root.removeEventListener("keydown", onKey);
  }, [store, flow, actions, editor]);
}

