import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

import type { Diagnostic } from "../document/server";
import type { Step } from "../document/steps";
import { pathKey } from "../document/steps";
import type { Path, Place } from "../document/types";
import type { Live } from "./canvas/live";

/** What is chosen: a step, by its path and id, or with an empty path the journey itself. */
export interface Chosen {
  path: Path;
  id: string;
}

export interface EditorState {
  chosen: Chosen | undefined;
  /** Where the palette adds a step while it is open. */
  adding: Place | undefined;
  /** A step that is brought into view as soon as it is drawn, and takes the focus. */
  focus: Path | undefined;
  /** A step that is brought into view as soon as it is drawn, while one of its fields takes the focus. */
  shown: Path | undefined;
  /** A problem was gone to: the field that mends it takes the focus. */
  mending: boolean;
  inspecting: boolean;
  dialog: "keys" | "find" | undefined;
  /** A line of the YAML to go to, and how often that was asked. */
  line: { number: number; time: number } | undefined;
  /** What was done, for those who hear the page. */
  said: string;
  /** The problem that was last gone to. */
  problem: Diagnostic | undefined;
  /** How far a simulation has come, while one is open. */
  live: Live | undefined;
  /** The journey is only looked at: by somebody who may not change it, or as a version that was published. */
  readOnly: boolean;
  choose(step: Step | undefined, focus?: boolean): void;
  chooseJourney(): void;
  set(part: Partial<EditorState>): void;
}

export type EditorStore = StoreApi<EditorState>;

export function createEditor(readOnly = false): EditorStore {
  return createStore<EditorState>((set) => ({
    chosen: undefined,
    adding: undefined,
    focus: undefined,
    shown: undefined,
    mending: false,
    inspecting: false,
    dialog: undefined,
    line: undefined,
    said: "",
    problem: undefined,
    live: undefined,
    readOnly,
    choose: (step, focus = false) => set({ chosen: step && { path: step.path, id: step.id }, inspecting: step !== undefined, ...(focus && step ? { focus: step.path } : {}) }),
    chooseJourney: () => set({ chosen: { path: [], id: "" }, inspecting: true }),
    set,
  }));
}

export const EditorContext = createContext<EditorStore | undefined>(undefined);

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error("this stands outside an editor");
  return store;
}

export const useEditor = <T>(pick: (state: EditorState) => T): T => useStore(useEditorStore(), pick);

/** stepOf finds the chosen step again after the text changed: where it was, or where its id went. */
export function stepOf(steps: Step[], chosen: Chosen | undefined): Step | undefined {
  if (!chosen || chosen.path.length === 0) return undefined;
  const key = pathKey(chosen.path);
  const there = steps.find((s) => pathKey(s.path) === key);
  if (there?.id === chosen.id) return there;
  return (chosen.id && steps.find((s) => s.id === chosen.id)) || there;
}
