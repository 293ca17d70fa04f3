import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, defaultHighlightStyle, foldGutter, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic as Mark } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Transaction, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { useContext, useEffect, useRef } from "react";

import { useWords } from "../../app/language";
import { nonce } from "../../app/nonce";
import type { Diagnostic } from "../../document/server";
import { DocumentContext, useDocument, type DocumentStore } from "../../document/store";
import { useEditor } from "../state";
import { words } from "../words";
import { completions } from "./completion";
import { darkWords } from "./colors";

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--card)", color: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--paper)", color: "var(--soft)", border: "none" },
  ".cm-content": { caretColor: "var(--ink)", fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace' },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--focus) 8%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-panels": { backgroundColor: "var(--paper)", color: "var(--ink)" },
});

/** A place of a diagnostic as an offset: its columns count characters, the editor's code units. */
function offset(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const units = [...at.text].slice(0, Math.max(0, column - 1)).join("").length;
  return at.from + Math.min(units, at.length);
}

function marks(doc: Text, diagnostics: Diagnostic[]): Mark[] {
  return diagnostics.map((d) => {
    const from = offset(doc, d.line, d.column);
    const to = Math.max(from, offset(doc, d.end_line ?? d.line, d.end_column ?? d.column));
    return { from, to: Math.min(doc.length, Math.max(to, from + 1)), severity: d.severity, message: [d.message, d.suggestion, d.hint].filter(Boolean).join("\n"), source: d.code };
  });
}

export default function YamlView() {
  const t = useWords(words);
  const store = useContext(DocumentContext) as DocumentStore;
  const text = useDocument((d) => d.text);
  const checked = useDocument((d) => d.checked);
  const checkedText = useDocument((d) => d.checkedText);
  const line = useEditor((e) => e.line);
  const readOnly = useEditor((e) => e.readOnly);
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const dark = useComputedColorScheme("light") === "dark";
  const highlight = useRef(new Compartment());
  const label = t("yamlText");

  useEffect(() => {
    const styles = highlight.current;
    const made = new EditorView({
      parent: place.current as HTMLDivElement,
      state: EditorState.create({
        doc: store.getState().text,
        extensions: [
          ...(nonce ? [EditorView.cspNonce.of(nonce)] : []),
          EditorState.lineSeparator.of(store.getState().text.includes("\r\n") ? "\r\n" : "\n"),
          EditorState.readOnly.of(readOnly),
          lineNumbers(),
          foldGutter(),
          lintGutter(),
          drawSelection(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          bracketMatching(),
          closeBrackets(),
          yaml(),
          styles.of([]),
          search({ top: true }),
          autocompletion({ override: [completions] }),
          keymap.of([...completionKeymap, ...searchKeymap, { key: "Mod-z", run: () => (store.getState().undo(), true) }, { key: "Mod-Shift-z", run: () => (store.getState().redo(), true) }, { key: "Mod-y", run: () => (store.getState().redo(), true) }, ...defaultKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label }),
          EditorView.lineWrapping,
          look,
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((tr) => tr.annotation(Transaction.remote))) store.getState().setText(update.state.sliceDoc());
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [store, label, readOnly]);

  useEffect(() => {
    view.current?.dispatch({ effects: highlight.current.reconfigure(syntaxHighlighting(dark ? darkWords : defaultHighlightStyle)) });
  }, [dark, label]);

  // A change made elsewhere, or undone, comes in as the one stretch that differs.
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    if (editor.state.sliceDoc() === text) return;
    const same = editor.state.doc.toString();
    const next = editor.state.toText(text).toString();
    let start = 0;
    while (start < same.length && start < next.length && same[start] === next[start]) start++;
    let end = 0;
    while (end < same.length - start && end < next.length - start && same[same.length - 1 - end] === next[next.length - 1 - end]) end++;
    editor.dispatch({ changes: { from: start, to: same.length - end, insert: next.slice(start, next.length - end) }, annotations: Transaction.remote.of(true) });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (editor && checked && checkedText === text) editor.dispatch(setDiagnostics(editor.state, marks(editor.state.doc, checked.diagnostics)));
  }, [checked, checkedText, text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !line) return;
    const at = editor.state.doc.line(Math.min(Math.max(1, line.number), editor.state.doc.lines));
    editor.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
    editor.focus();
  }, [line]);

  return (
    <div className="code-view">
      <p className="hint">{t("yamlHint")}</p>
      <div ref={place} className="code-view" />
    </div>
  );
}
