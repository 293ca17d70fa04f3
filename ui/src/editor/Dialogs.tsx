import { useState } from "react";

import { fits } from "../app/fits";
import { useWords } from "../app/language";
import { useDocument } from "../document/store";
import { pathKey } from "../document/steps";
import { Dialog } from "./Dialog";
import { useJourney } from "./journey";
import { lookOf } from "./kinds";
import { useEditor, useEditorStore } from "./state";
import { stepTitle } from "./summary";
import { words, type Word } from "./words";

const keys: [string[], Word][] = [
  [["↑", "↓"], "kWalk"],
  [["←", "→"], "kSide"],
  [["Enter", "Esc"], "kOpen"],
  [["A"], "kAdd"],
  [["F2"], "kRename"],
  [["Del"], "kDelete"],
  [["Alt+↑", "Alt+↓"], "kMove"],
  [["Ctrl+C", "X", "V", "D"], "kClipboard"],
  [["Ctrl+Z", "Ctrl+Shift+Z"], "kUndo"],
  [["Ctrl+F"], "kFind"],
  [["Ctrl+K"], "kGo"],
  [["F8", "Shift+F8"], "kProblem"],
  [["0", "1", "+", "−"], "kZoom"],
  [["Ctrl+1", "2", "3"], "kViews"],
  [["Ctrl+Enter"], "simulate"],
  [["?"], "kHelp"],
];

function Keys({ close }: { close: () => void }) {
  const t = useWords(words);
  return (
    <Dialog title={t("keys")} close={close}>
      <dl className="key-list">
        {keys.map(([names, word]) => (
          <div key={word} style={{ display: "contents" }}>
            <dt>
              {names.map((n) => (
                <kbd key={n}>{n}</kbd>
              ))}
            </dt>
            <dd>{t(word)}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{t("kCanvas")}</p>
    </Dialog>
  );
}

function Find({ close }: { close: () => void }) {
  const t = useWords(words);
  const { steps } = useJourney();
  const editor = useEditorStore();
  const [sought, setSought] = useState("");
  const found = steps.filter((s) => fits(`${s.name} ${s.id} ${t(lookOf(s.verb).word)}`, sought)).slice(0, 50);
  const go = (index: number) => {
    const step = found[index];
    if (!step) return;
    close();
    editor.getState().choose(step, true);
  };
  return (
    <Dialog title={t("find")} close={close} className="chooser">
      <label className="field">
        {t("stepName")}
        <input data-first type="search" autoComplete="off" value={sought} onChange={(e) => setSought(e.target.value)} onKeyDown={(e) => e.key === "Enter" && (e.preventDefault(), go(0))} />
      </label>
      <ul>
        {found.map((step, i) => {
          const look = lookOf(step.verb);
          return (
            <li key={pathKey(step.path)}>
              <button type="button" className="kind" data-tint={look.tint} onClick={() => go(i)}>
                <look.icon size={16} aria-hidden />
                {stepTitle(step)} <span className="list-kind">{t(look.word)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {found.length === 0 && <p className="hint">{t("findNone")}</p>}
    </Dialog>
  );
}

/** Two changes of the same lines: both stand here, and a person says which stays. */
function Meeting() {
  const t = useWords(words);
  const conflict = useDocument((d) => d.conflict);
  const settle = useDocument((d) => d.settle);
  const later = useDocument((d) => d.later);
  const now = useDocument((d) => d.text);
  const [edited, setEdited] = useState<string>();
  if (!conflict) return null;
  return (
    <Dialog title={t("conflictTitle")} close={conflict.published && later} wide>
      <p>{t(conflict.published ? "conflictPublished" : "conflictText")}</p>
      <div className="two-texts">
        <label className="field">
          {t("mine")}
          <textarea className="code" value={edited ?? now} onChange={(e) => setEdited(e.target.value)} />
        </label>
        <label className="field">
          {t(conflict.published ? "published" : "theirs")}
          <textarea className="code" readOnly value={conflict.theirs} />
        </label>
      </div>
      <div className="dialog-buttons">
        <button type="button" className="text-button" onClick={() => settle("theirs")}>
          {t(conflict.published ? "keepPublished" : "keepTheirs")}
        </button>
        <button type="button" className="text-button" onClick={() => settle("mine", edited)}>
          {t(edited === undefined ? "keepMine" : "keepEdited")}
        </button>
      </div>
    </Dialog>
  );
}

export function Dialogs() {
  const editor = useEditorStore();
  const open = useEditor((e) => e.dialog);
  const conflict = useDocument((d) => d.conflict !== undefined);
  const close = () => editor.getState().set({ dialog: undefined });
  return (
    <>
      {open === "keys" && <Keys close={close} />}
      {open === "find" && <Find close={close} />}
      {conflict && <Meeting />}
    </>
  );
}
