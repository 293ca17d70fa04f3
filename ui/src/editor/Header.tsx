import { ArrowLeft, Keyboard, Play, Redo2, Rocket, Undo2 } from "lucide-react";
import { Link } from "wouter";

import { useWords } from "../app/language";
import { useDocument } from "../document/store";
import { fieldsOf, textOf } from "../document/steps";
import { useActions } from "./actions";
import { useJourney } from "./journey";
import { Faces, useOthers } from "./presence";
import { useEditor, useEditorStore } from "./state";
import { deeds, tabs } from "./tabs";
import { useChanges } from "./useChanges";
import { words } from "./words";

function Saved() {
  const t = useWords(words);
  const saved = useDocument((d) => d.saved);
  const at = useDocument((d) => d.savedAt);
  const why = useDocument((d) => d.complaint);
  const readOnly = useEditor((e) => e.readOnly);
  if (readOnly && saved === "saved") return <span className="tag tag-plain">{t("readOnly")}</span>;
  const says = () => {
    switch (saved) {
      case "saved":
        return at > 0 ? t("saved", { at: new Date(at) }) : t("savedPlain");
      case "local":
        return t("local", { at: new Date(at || Date.now()) });
      case "refused":
        return t("refused", { why });
      case "conflict":
        return t("conflict");
      case "missing":
        return t("missing", { why });
      case "loading":
        return t("loading");
      default:
        return t("saving");
    }
  };
  return (
    <span className="editor-saved" role="status" data-saved={saved} data-bad={["refused", "conflict", "missing", "local"].includes(saved) || undefined}>
      {says()}
    </span>
  );
}

/** Header names the journey, tells where its text is, and leads to its other views. */
export function Header({ id, view }: { id: string; view: string }) {
  const t = useWords(words);
  const { root } = useJourney();
  const editor = useEditorStore();
  const actions = useActions();
  const others = useOthers();
  const readOnly = useEditor((e) => e.readOnly);
  const undoable = useDocument((d) => d.history.past.length > 0);
  const diff = useChanges(id);
  const changes = diff?.changes.length ?? 0;
  const errors = useDocument((d) => d.checked?.diagnostics.filter((p) => p.severity === "error").length ?? 0);
  const publish = errors > 0 ? t("publishErrors", { n: errors }) : changes > 0 ? t("publishChanges", { n: changes }) : t("publish");
  const name = textOf(fieldsOf(root).name) || id;
  const redoable = useDocument((d) => d.history.future.length > 0);
  return (
    <header className="editor-head">
      <Link href="/journeys" className="icon-button" aria-label={t("allJourneys")} title={t("allJourneys")}>
        <ArrowLeft size={16} aria-hidden />
      </Link>
      <div className="editor-title">
        <h1 title={name}>{name}</h1>
        <div>
          <Saved />
          {diff?.trial && (
            <Link href={`/journeys/${id}/versions`} className="tag tag-care">
              {t("onTrial", { share: diff.trial.share })}
            </Link>
          )}
        </div>
      </div>
      <Faces of={others} label="alsoHere" />
      <nav className="editor-tabs" aria-label={t("views")}>
        {tabs.filter((tab) => !deeds.includes(tab.view)).map((tab) => (
          <Link key={tab.view} href={`/journeys/${id}/${tab.view}`} aria-current={view === tab.view ? "page" : undefined}>
            {t(tab.word)}
          </Link>
        ))}
      </nav>
      <span className="editor-space" />
      {!readOnly && (
        <>
          <button type="button" className="icon-button" aria-label={t("undo")} title={`${t("undo")} (Ctrl+Z)`} aria-disabled={!undoable} onClick={actions.undo}>
            <Undo2 size={16} aria-hidden />
          </button>
          <button type="button" className="icon-button" aria-label={t("redo")} title={`${t("redo")} (Ctrl+Shift+Z)`} aria-disabled={!redoable} onClick={actions.redo}>
            <Redo2 size={16} aria-hidden />
          </button>
        </>
      )}
      <button type="button" className="icon-button" aria-label={t("keys")} title={`${t("keys")} (?)`} onClick={() => editor.getState().set({ dialog: "keys" })}>
        <Keyboard size={16} aria-hidden />
      </button>
      <Link className="text-button" href={`/journeys/${id}/simulate`} title="Ctrl+Enter" aria-current={view === "simulate" ? "page" : undefined}>
        <Play size={14} aria-hidden /> {t("simulate")}
      </Link>
      {!readOnly && (
        <Link className="text-button editor-publish" href={`/journeys/${id}/publish`} aria-label={publish} title={publish} aria-disabled={errors > 0 || undefined} onClick={(e) => errors > 0 && e.preventDefault()} aria-current={view === "publish" ? "page" : undefined}>
          <Rocket size={14} aria-hidden /> {t("publish")}
          {changes > 0 && ` (${changes})`}
        </Link>
      )}
    </header>
  );
}
