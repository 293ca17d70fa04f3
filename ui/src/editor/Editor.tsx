import "./editor.css";

import { useMediaQuery } from "@mantine/hooks";
import { Suspense, useEffect, useState } from "react";
import { Link } from "wouter";

import { useWords } from "../app/language";
import { DocumentContext, openDocument, useDocument, type DocumentStore } from "../document/store";
import { useMay } from "../session/session";
import { Aside } from "./Aside";
import { Astray } from "./Astray";
import { Dialogs } from "./Dialogs";
import { Header } from "./Header";
import { JourneyProvider, useJourney } from "./journey";
import { useKeys } from "./keys";
import { Chooser, Palette } from "./Palette";
import { PresenceProvider } from "./presence";
import { Problems, useProblems } from "./Problems";
import { Published } from "./Published";
import { createEditor, EditorContext, useEditor, useEditorStore } from "./state";
import { tabs } from "./tabs";
import { Typed } from "./Typed";
import { useEditorOffers } from "./useEditorOffers";
import { words, type Word } from "./words";

/** Editor opens one journey; `view` is one of the tabs. */
export default function Editor({ id, view }: { id: string; view: string }) {
  const [document, setDocument] = useState<DocumentStore>();
  const may = useMay();
  const [editor] = useState(() => createEditor(!may("journeys")));
  useEffect(() => {
    const opened = openDocument(id);
    setDocument(opened);
    return () => opened.getState().close();
  }, [id]);
  if (!document) return null;
  return (
    <DocumentContext value={document}>
      <EditorContext value={editor}>
        <JourneyProvider>
          <PresenceProvider id={id}>
            <Work id={id} view={view} />
          </PresenceProvider>
        </JourneyProvider>
      </EditorContext>
    </DocumentContext>
  );
}

function Work({ id, view }: { id: string; view: string }) {
  const t = useWords(words);
  const wide = useMediaQuery("(min-width: 901px)", true, { getInitialValueInEffect: false });
  const saved = useDocument((d) => d.saved);
  const said = useEditor((e) => e.said);
  const readOnly = useEditor((e) => e.readOnly);
  // A canvas needs room: below that the list says and does the same.
  const shown = tabs.find((tab) => tab.view === (view === "flow" && !wide ? "list" : view)) ?? tabs[0];
  const problems = useProblems(id, shown?.view ?? "flow", shown?.edits ?? true);
  useKeys(id, problems.next);
  useEditorOffers(id, shown?.view ?? "flow");
  const Page = shown?.page;
  return (
    <div className="editor">
      <Header id={id} view={shown?.view ?? "flow"} />
      {saved !== "loading" && saved !== "missing" && (
        <>
          <Banners id={id} view={view} />
          <div className="editor-work">
            {shown?.edits && wide && !readOnly && <Palette />}
            <div className="editor-main">
              <Suspense fallback={<p className="hint">{t("loading")}</p>}>{Page && <Page id={id} />}</Suspense>
            </div>
            {shown?.edits && <Aside />}
          </div>
          <Problems {...problems} />
          <Chooser />
          <Dialogs />
        </>
      )}
      <div className="for-readers" role="status" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

/** What a person has to know before going on: a text that cannot be read, an edit that was not made. */
function Banners({ id, view }: { id: string; view: string }) {
  const t = useWords(words);
  const editor = useEditorStore();
  const { brokenAt } = useJourney();
  const refusal = useDocument((d) => d.refusal);
  const forgive = useDocument((d) => d.forgive);
  const toLine = (number: number) => editor.getState().set({ line: { number, time: Date.now() } });
  const says = (reason: string) => t((["unreadable", "inside_itself"].includes(reason) ? reason : "too_tangled") as Word);
  return (
    <>
      <Published />
      <Typed />
      <Astray id={id} />
      {brokenAt > 0 && view !== "yaml" && (
        <div className="editor-banner" role="alert">
          {t("badText", { line: brokenAt })}
          <Link className="text-button" href={`/journeys/${id}/yaml`} onClick={() => toLine(brokenAt)}>
            {t("openYaml", { line: brokenAt })}
          </Link>
        </div>
      )}
      {refusal && (
        <div className="editor-banner" role="alert">
          {t("refusal", { why: says(refusal.reason), line: refusal.line })}
          <Link className="text-button" href={`/journeys/${id}/yaml`} onClick={() => (toLine(refusal.line), forgive())}>
            {t("openYaml", { line: refusal.line })}
          </Link>
          <button type="button" className="text-button" onClick={forgive}>
            {t("close")}
          </button>
        </div>
      )}
    </>
  );
}
