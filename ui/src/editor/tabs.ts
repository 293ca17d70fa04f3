import type { ComponentType, LazyExoticComponent } from "react";

import { later } from "../app/later";
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
  { view: "flow", word: "flow", edits: true, page: later(() => import("./canvas/Canvas")) },
  { view: "list", word: "list", edits: true, page: later(() => import("./list/ListView")) },
  { view: "yaml", word: "yaml", edits: false, page: later(() => import("./code/YamlView")) },
  { view: "simulate", word: "simulate", edits: false, page: later(() => import("../play/Simulate")) },
  { view: "tests", word: "tests", edits: false, page: later(() => import("../play/Tests")) },
  { view: "versions", word: "versions", edits: false, page: later(() => import("../publish/Versions")) },
  { view: "config", word: "config", edits: false, page: later(() => import("./Config")) },
  { view: "publish", word: "publish", edits: false, page: later(() => import("../publish/Publish")) },
];
