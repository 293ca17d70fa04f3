import { lazy, type ComponentType, type LazyExoticComponent } from "react";

import type { Word } from "./words";

/**
 * Tab is a view of the open journey. Each is loaded when it is opened; it reads the
 * document by useDocument and gets the journey's id.
 */
export interface Tab {
  view: string;
  word: Word;
  /** The palette and the chosen step's form stand beside it. */
  edits: boolean;
  page: LazyExoticComponent<ComponentType<{ id: string }>>;
}

/** What is done with the text as a whole stands as buttons at the end of the header, not among the views. */
export const deeds = ["simulate", "publish"];

export const tabs: Tab[] = [
  { view: "flow", word: "flow", edits: true, page: lazy(() => import("./canvas/Canvas")) },
  { view: "list", word: "list", edits: true, page: lazy(() => import("./list/ListView")) },
  { view: "yaml", word: "yaml", edits: false, page: lazy(() => import("./code/YamlView")) },
  { view: "simulate", word: "simulate", edits: false, page: lazy(() => import("../play/Simulate")) },
  { view: "tests", word: "tests", edits: false, page: lazy(() => import("../play/Tests")) },
  { view: "versions", word: "versions", edits: false, page: lazy(() => import("../publish/Versions")) },
  { view: "config", word: "config", edits: false, page: lazy(() => import("./Config")) },
  { view: "publish", word: "publish", edits: false, page: lazy(() => import("../publish/Publish")) },
];
