import { useContext, useMemo } from "react";

import { moveStep, pasteSteps, duplicateStep, insertStep, removeStep, setComment, setValue, stepYaml } from "../document/edits";
import { idsIn } from "../document/ids";
import { valueAt } from "../document/plain";
import { read } from "../document/read";
import { DocumentContext, type DocumentStore } from "../document/store";
import { pathKey, walk, type Step } from "../document/steps";
import type { Edit, Path, Place } from "../document/types";
import { useWords } from "../app/language";
import { newStep, type Kind } from "./kinds";
import { stepOf, useEditorStore, type EditorStore } from "./state";
import { stepTitle } from "./summary";
import { words, type Say } from "./words";

const clipboardKey = "jornada.clipboard";

export type Actions = ReturnType<typeof actionsOn>;

/** useActions is all that can be done to a journey, by whichever view asks for it. */
export function useActions(): Actions {
  const document = useContext(DocumentContext) as DocumentStore;
  const editor = useEditorStore();
  const t = useWords(words);
  return useMemo(() => actionsOn(document, editor, t), [document, editor, t]);
}

/** Where a step goes when it is moved one up or down: within its list, or out of its branch. */
export function neighbour(steps: Step[], step: Step, by: -1 | 1): Place | undefined {
  const count = steps.filter((s) => pathKey(s.list) === pathKey(step.list)).length;
  if (by < 0 && step.index > 0) return { list: step.list, index: step.index - 1 };
  if (by > 0 && step.index < count - 1) return { list: step.list, index: step.index + 2 };
  if (!step.owner) return undefined;
  const owner = steps.find((s) => pathKey(s.path) === pathKey(step.owner as Path));
  return owner && { list: owner.list, index: owner.index + (by > 0 ? 1 : 0) };
}

export function actionsOn(document: DocumentStore, editor: EditorStore, t: Say) {
  const stepsNow = (): Step[] => {
    const reading = read(document.getState().text);
    return reading.ok ? walk(reading.root) : [];
  };
  const apply = (edit: Edit, label: string): boolean => document.getState().apply(edit, label);
  const text = () => document.getState().text;
  const say = (said: string) => editor.getState().set({ said });
  const show = (path: Path) => {
    const step = stepsNow().find((s) => pathKey(s.path) === pathKey(path));
    if (step) editor.getState().choose(step, true);
    return step;
  };
  const byId = (id: string) => stepsNow().find((s) => s.id === id);
  const chosen = () => stepOf(stepsNow(), editor.getState().chosen);

  /** Where a new step goes when no + was pointed at: after the chosen one, else at the end. */
  const placeAfter = (step: Step | undefined = chosen()): Place => {
    if (step) return { list: step.list, index: step.index + 1 };
    const reading = read(text());
    const top = reading.ok ? valueAt(reading.root, ["steps"]) : undefined;
    const first = editor.getState().chosen?.path.length === 0;
    return { list: ["steps"], index: first || !Array.isArray(top) ? 0 : top.length };
  };

  const add = (kind: Kind, place: Place = placeAfter()): boolean => {
    if (!apply(insertStep(text(), place, newStep(kind, idsIn(text()), t)), "add")) return false;
    editor.getState().set({ adding: undefined });
    const step = show([...place.list, place.index]);
    if (step) say(t("added", { name: stepTitle(step) }));
    return true;
  };

  const remove = (step: Step): boolean => {
    const order = stepsNow();
    const at = order.findIndex((s) => pathKey(s.path) === pathKey(step.path));
    const inside = (s: Step) => step.path.every((p, i) => s.path[i] === p);
    const next = order.slice(at + 1).find((s) => !inside(s) && pathKey(s.list) === pathKey(step.list)) ?? order[at - 1];
    if (!apply(removeStep(text(), step.path), "remove")) return false;
    const left = next && (byId(next.id) ?? stepsNow()[Math.max(0, at - 1)]);
    if (left) editor.getState().choose(left, true);
    else editor.getState().set({ chosen: undefined, focus: [] });
    say(t("removed", { name: stepTitle(step) }));
    return true;
  };

  const moveTo = (step: Step, place: Place): boolean => {
    if (!apply(moveStep(text(), step.path, place), "move")) return false;
    const moved = byId(step.id);
    if (moved) editor.getState().choose(moved, true);
    say(t("moved", { name: stepTitle(step) }));
    return true;
  };

  const move = (step: Step, by: -1 | 1): boolean => {
    const place = neighbour(stepsNow(), step, by);
    return place !== undefined && moveTo(step, place);
  };

  const copy = (step: Step): boolean => {
    const yaml = stepYaml(text(), step.path);
    if (yaml === undefined) return false;
    localStorage.setItem(clipboardKey, yaml);
    void navigator.clipboard?.writeText(yaml).catch(() => {});
    say(t("copied", { name: stepTitle(step) }));
    return true;
  };

  const pasteText = (yaml: string, place: Place = placeAfter()): boolean => {
    if (!apply(pasteSteps(text(), place, yaml), "paste")) return false;
    editor.getState().set({ adding: undefined });
    show([...place.list, place.index]);
    return true;
  };

  /** Pastes what the system's clipboard gave, when that is steps; else what was copied here last. */
  const paste = (place?: Place, given = ""): boolean => {
    const yaml = /^\s*(#.*\n\s*)*-?\s*\{?\s*id:/.test(given) ? given : localStorage.getItem(clipboardKey);
    if (!yaml) {
      say(t("nothingToPaste"));
      return false;
    }
    return pasteText(yaml, place);
  };

  /** Going back may take away what has the focus: then the step next to it gets it. */
  const travel = (act: () => void) => {
    const looking = window.document.activeElement?.closest(".react-flow, .list-view") !== null;
    const was = chosen();
    const at = was ? stepsNow().findIndex((s) => pathKey(s.path) === pathKey(was.path)) : 0;
    act();
    const now = stepsNow();
    const step = chosen() ?? now[Math.min(Math.max(0, at), now.length - 1)];
    if (looking && step) editor.getState().choose(step, true);
  };

  return {
    add,
    remove,
    move,
    moveTo,
    copy,
    paste,
    chosen,
    placeAfter,
    byId,
    cut: (step: Step) => copy(step) && remove(step),
    canPaste: () => localStorage.getItem(clipboardKey) !== null,
    duplicate(step: Step): boolean {
      return apply(duplicateStep(text(), step.path), "duplicate") && show([...step.list, step.index + 1]) !== undefined;
    },
    rename: (step: Step, name: string) => apply(setValue(text(), [...step.path, "name"], name.trim() || undefined), "name"),
    note: (step: Step, words: string) => apply(setComment(text(), step.path, words), "note"),
    undo: () => travel(() => document.getState().undo()),
    redo: () => travel(() => document.getState().redo()),
    stepsNow,
  };
}
