import { ArrowRight, Redo2, Undo2 } from "lucide-react";
import { useCallback } from "react";
import { useLocation } from "wouter";

import { useWords } from "../app/language";
import { useOffers, type Offer } from "../app/offers";
import { useDocument } from "../document/store";
import { pathKey } from "../document/steps";
import { useActions } from "./actions";
import { useJourney } from "./journey";
import { lookOf } from "./kinds";
import { useEditor, useEditorStore } from "./state";
import { stepTitle } from "./summary";
import { tabs } from "./tabs";
import { words } from "./words";

/** useEditorOffers lets the palette go to the journey's steps and views, and undo. */
export function useEditorOffers(id: string, view: string): void {
  const t = useWords(words);
  const { steps } = useJourney();
  const actions = useActions();
  const editor = useEditorStore();
  const readOnly = useEditor((e) => e.readOnly);
  const undoable = useDocument((d) => d.history.past.length > 0);
  const redoable = useDocument((d) => d.history.future.length > 0);
  const wrong = useDocument((d) => d.checked?.diagnostics.some((p) => p.severity === "error") ?? false);
  const [, go] = useLocation();
  useOffers(
    useCallback(() => {
      const views = tabs.filter((tab) => tab.view !== view && (tab.view !== "publish" || (!readOnly && !wrong)));
      const all: Offer[] = views.map((tab) => ({ id: `view-${tab.view}`, label: t(tab.word), kind: t("thisJourney"), icon: <ArrowRight size={16} aria-hidden />, run: () => go(`/journeys/${id}/${tab.view}`) }));
      if (!readOnly && undoable) all.push({ id: "undo", label: t("undo"), kind: t("thisJourney"), icon: <Undo2 size={16} aria-hidden />, run: actions.undo });
      if (!readOnly && redoable) all.push({ id: "redo", label: t("redo"), kind: t("thisJourney"), icon: <Redo2 size={16} aria-hidden />, run: actions.redo });
      for (const step of steps) {
        const look = lookOf(step.verb);
        all.push({
          id: `step-${pathKey(step.path)}`,
          label: stepTitle(step),
          kind: step.name ? `${t(look.word)} · ${step.id}` : t(look.word),
          icon: <look.icon size={16} aria-hidden />,
          many: true,
          run: () => {
            editor.getState().choose(step, true);
            if (!["flow", "list"].includes(view)) go(`/journeys/${id}/flow`);
          },
        });
      }
      return all;
    }, [actions, editor, go, id, readOnly, redoable, steps, t, undoable, view, wrong]),
  );
}
