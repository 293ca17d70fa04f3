import { ArrowDown, ArrowUp, Copy, CopyPlus, Plus, Scissors, Trash2 } from "lucide-react";

import { useWords } from "../app/language";
import type { Step } from "../document/steps";
import { useActions } from "./actions";
import { useEditor, useEditorStore } from "./state";
import { stepTitle } from "./summary";
import { words } from "./words";

/** Buttons is all that can be done with a step, for those who do not drag or know the keys. */
export function Buttons({ step }: { step: Step }) {
  const t = useWords(words);
  const actions = useActions();
  const editor = useEditorStore();
  if (useEditor((e) => e.readOnly)) return null;
  const buttons = [
    { label: t("addAfter"), icon: Plus, act: () => editor.getState().set({ adding: actions.placeAfter(step) }) },
    { label: t("moveUp"), icon: ArrowUp, act: () => actions.move(step, -1) },
    { label: t("moveDown"), icon: ArrowDown, act: () => actions.move(step, 1) },
    { label: t("duplicate"), icon: CopyPlus, act: () => actions.duplicate(step) },
    { label: t("copy"), icon: Copy, act: () => actions.copy(step) },
    { label: t("cut"), icon: Scissors, act: () => actions.cut(step) },
    { label: t("remove"), icon: Trash2, act: () => actions.remove(step) },
  ];
  return (
    <div className="list-buttons" role="group" aria-label={t("actions", { name: stepTitle(step) })}>
      {buttons.map((b) => (
        <button key={b.label} type="button" className="icon-button" aria-label={`${b.label}: ${stepTitle(step)}`} title={b.label} onClick={b.act}>
          <b.icon size={15} aria-hidden />
        </button>
      ))}
    </div>
  );
}
