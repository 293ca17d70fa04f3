import { useEffect } from "react";
import { useLocation } from "wouter";

import type { Step } from "../document/steps";
import { useActions, type Actions } from "./actions";
import { useEditorStore, type EditorStore } from "./state";

/**
 * stepKeys does what a key means for a step, in any view. It reports whether the key
 * meant something. Letters alone are for places where nobody is writing.
 */
export function stepKeys(e: KeyboardEvent | React.KeyboardEvent, step: Step | undefined, actions: Actions, editor: EditorStore): boolean {
  const state = editor.getState();
  if (state.readOnly && e.key !== "Enter") return false;
  const command = e.ctrlKey || e.metaKey;
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  if (!command && !e.altKey && key === "a") {
    state.set({ adding: actions.placeAfter(step) });
    return true;
  }
  if (!step) return false;
  if (e.altKey && (key === "ArrowUp" || key === "ArrowDown")) return actions.move(step, key === "ArrowUp" ? -1 : 1);
  if (command && key === "c") return window.getSelection()?.isCollapsed === false ? false : actions.copy(step);
  if (command && key === "x") return actions.cut(step);
  if (command && key === "d") return actions.duplicate(step);
  if (command || e.altKey) return false;
  if (key === "Delete" || key === "Backspace") return actions.remove(step);
  if (key === "Enter" || key === "F2") {
    state.choose(step);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(key === "F2" ? "[data-rename] , .inspector input" : ".inspector input, .inspector button, .inspector textarea")?.focus());
    return true;
  }
  return false;
}

const views = ["flow", "list", "yaml"];

/** useKeys are the keys that mean the same wherever the focus stands in the editor. */
export function useKeys(id: string, nextProblem: (by: -1 | 1) => void): void {
  const actions = useActions();
  const editor = useEditorStore();
  const [, go] = useLocation();
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const writing = (e.target as HTMLElement).closest("input, textarea, [contenteditable=true]") !== null;
      const command = e.ctrlKey || e.metaKey;
      const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
      const done = (act: () => void) => {
        e.preventDefault();
        act();
      };
      if (key === "F8") return done(() => nextProblem(e.shiftKey ? -1 : 1));
      if (command && key === "f" && !(e.target as HTMLElement).closest(".cm-editor")) return done(() => editor.getState().set({ dialog: "find" }));
      if (command && !e.shiftKey && /^[123]$/.test(key)) {
        return done(() => {
          editor.getState().set({ focus: editor.getState().chosen?.path ?? [] });
          go(`/journeys/${id}/${views[Number(key) - 1] ?? "flow"}`);
        });
      }
      if (command && key === "Enter") return done(() => go(`/journeys/${id}/simulate`));
      if (writing) return undefined;
      if (command && key === "z") return done(e.shiftKey ? actions.redo : actions.undo);
      if (command && key === "y") return done(actions.redo);
      if (key === "?" && (e.target as HTMLElement).closest(".editor-work")) return done(() => editor.getState().set({ dialog: "keys" }));
      return undefined;
    };
    // The event, not the key: only it may look into the clipboard without asking.
    const onPaste = (e: ClipboardEvent) => {
      const target = e.target as HTMLElement;
      if (target.closest("input, textarea, [contenteditable=true]") || !target.closest(".react-flow, .list-view")) return;
      e.preventDefault();
      if (!editor.getState().readOnly) actions.paste(undefined, e.clipboardData?.getData("text/plain"));
    };
    window.addEventListener("keydown", onKey);
    window.addEventListener("paste", onPaste);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("paste", onPaste);
    };
  }, [actions, editor, go, id, nextProblem]);
}
