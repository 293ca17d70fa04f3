import { X } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";

import { useWords } from "../app/language";
import { pathKey, type Step } from "../document/steps";
import { useActions } from "./actions";
import { Buttons } from "./Buttons";
import { Inspector } from "./forms/Inspector";
import { useJourney } from "./journey";
import { useNames, useOthers } from "./presence";
import { stepOf, useEditor, useEditorStore } from "./state";
import { words } from "./words";

/** Aside holds what is chosen: its form, its note, and what can be done with it. */
export function Aside() {
  const t = useWords(words);
  const journey = useJourney();
  const editor = useEditorStore();
  const chosen = useEditor((e) => e.chosen);
  const mending = useEditor((e) => e.mending);
  const step = stepOf(journey.steps, chosen);
  const aside = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!mending) return;
    editor.getState().set({ mending: false });
    intoWrongField(aside, 30);
  }, [editor, mending, step]);
  const journeyItself = chosen?.path.length === 0;
  const holders = useOthers(step?.id ?? "");
  const names = useNames();
  const readOnly = useEditor((e) => e.readOnly);
  if (!step && !journeyItself) return null;
  const back = () => {
    const path = step?.path ?? [];
    editor.getState().set({ focus: path });
  };
  return (
    <aside ref={aside} tabIndex={readOnly ? 0 : -1} className="inspector" aria-label={t("inspector")} onKeyDown={(e) => e.key === "Escape" && (e.stopPropagation(), back())}>
      <div className="inspector-head">
        {step && <Buttons step={step} />}
        <span className="editor-space" />
        <button type="button" className="icon-button" aria-label={t("close")} title={t("close")} onClick={() => (back(), editor.getState().choose(undefined))}>
          <X size={15} aria-hidden />
        </button>
      </div>
      {holders.length > 0 && (
        <p className="editor-banner" role="status">
          {t("heldWarning", { who: names(holders) })}
        </p>
      )}
      <fieldset className="bare" disabled={readOnly}>
        <Inspector key={pathKey(step?.path ?? [])} path={step?.path ?? []} />
      </fieldset>
      {step && <Note key={`note${pathKey(step.path)}`} step={step} note={journey.notes.get(pathKey(step.path)) ?? ""} />}
    </aside>
  );
}

/**
 * intoWrongField gives the focus to the first field of which the checker complains, as
 * soon as the form is there: it is loaded when it is wanted. A problem of no field is
 * told at the top of the form, and there is its mend.
 */
function intoWrongField(aside: RefObject<HTMLElement | null>, tries: number): void {
  const wrong = aside.current?.querySelector<HTMLElement>("[aria-invalid=true], [data-wrong] input, [data-wrong] button") ?? (tries === 0 ? aside.current?.querySelector<HTMLElement>(".form-problem button") : undefined);
  if (wrong) wrong.focus();
  else if (tries > 0) requestAnimationFrame(() => intoWrongField(aside, tries - 1));
  else aside.current?.focus();
}

/** The note of a step: comment lines of the YAML, above it. */
function Note({ step, note }: { step: Step; note: string }) {
  const t = useWords(words);
  const actions = useActions();
  const readOnly = useEditor((e) => e.readOnly);
  const [draft, setDraft] = useState(note);
  useEffect(() => setDraft(note), [note]);
  return (
    <label className="field">
      {t("noteLabel")}
      <textarea value={draft} readOnly={readOnly} onChange={(e) => setDraft(e.target.value)} onBlur={() => draft !== note && actions.note(step, draft)} />
    </label>
  );
}
