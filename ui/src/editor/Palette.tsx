import { ClipboardPaste } from "lucide-react";
import { useId, useState, type DragEvent, type KeyboardEvent } from "react";

import { fits } from "../app/fits";
import { useWords } from "../app/language";
import { useActions } from "./actions";
import { dragged } from "./dragged";
import { Dialog } from "./Dialog";
import { kinds, type Kind } from "./kinds";
import { useEditor, useEditorStore } from "./state";
import { words } from "./words";

/** Palette lists the kinds of steps beside the canvas: click, Enter, or drag onto a +. */
export function Palette() {
  const t = useWords(words);
  const actions = useActions();
  const take = (kind: Kind) => (e: DragEvent) => {
    e.dataTransfer.setData(dragged.kind, kind.word);
    e.dataTransfer.effectAllowed = "copy";
  };
  return (
    <section className="palette" aria-labelledby="palette-title">
      <h2 id="palette-title">{t("palette")}</h2>
      <ul>
        {kinds.map((kind) => (
          <li key={kind.word}>
            <button type="button" className="kind" data-tint={kind.tint} draggable onDragStart={take(kind)} onClick={() => actions.add(kind)}>
              <kind.icon size={16} aria-hidden />
              {t(kind.word)}
            </button>
          </li>
        ))}
      </ul>
      <p className="hint">{t("paletteHint")}</p>
    </section>
  );
}

/** Chooser is the palette where a + was pressed: type a few letters, Enter. */
export function Chooser() {
  const t = useWords(words);
  const place = useEditor((e) => e.adding);
  const editor = useEditorStore();
  const actions = useActions();
  const [sought, setSought] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  if (!place) return null;
  const found = kinds.filter((k) => fits(t(k.word), sought));
  const close = () => {
    setSought("");
    setAt(0);
    editor.getState().set({ adding: undefined });
  };
  const add = (kind: Kind | undefined) => {
    if (!kind) return;
    setSought("");
    setAt(0);
    actions.add(kind, place);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setAt((at + (e.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(1, found.length));
    } else if (e.key === "Enter") {
      e.preventDefault();
      add(found[at]);
    }
  };
  return (
    <Dialog title={t("palette")} close={close} className="chooser" beside>
      <label className="field">
        {t("whichStep")}
        <input data-first type="text" role="combobox" aria-expanded aria-controls={`${id}-list`} aria-activedescendant={found[at] ? `${id}-${at}` : undefined} autoComplete="off" value={sought} onKeyDown={onKeyDown} onChange={(e) => (setSought(e.target.value), setAt(0))} />
      </label>
      <ul role="listbox" id={`${id}-list`} aria-label={t("palette")}>
        {found.map((kind, i) => (
          <li key={kind.word} role="option" id={`${id}-${i}`} aria-selected={i === at} className="kind" data-tint={kind.tint} onClick={() => add(kind)} onMouseMove={() => setAt(i)}>
            <kind.icon size={16} aria-hidden />
            {t(kind.word)}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="hint">{t("noKind")}</p>}
      {actions.canPaste() && (
        <div className="dialog-buttons">
          <button type="button" className="text-button" onClick={() => actions.paste(place)}>
            <ClipboardPaste size={16} aria-hidden /> {t("paste")}
          </button>
        </div>
      )}
    </Dialog>
  );
}
