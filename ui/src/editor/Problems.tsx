import { ChevronDown, ChevronUp, CircleAlert, CircleCheck, CircleQuestionMark, ListCollapse, TriangleAlert } from "lucide-react";
import { useCallback, useState } from "react";
import { useLocation } from "wouter";

import { useWords } from "../app/language";
import type { Diagnostic } from "../document/server";
import { useDocument } from "../document/store";
import { Dialog } from "./Dialog";
import { Explanation, usePage } from "./explain/Explanation";
import { useJourney } from "./journey";
import { useEditor, useEditorStore } from "./state";
import { words } from "./words";

/** Where a problem stands in a list of later: its line may be another by then. */
function placeOf(problem: Diagnostic, among: Diagnostic[]): number {
  const same = (p: Diagnostic) => p.code === problem.code && p.step_id === problem.step_id && p.message === problem.message;
  const exact = among.findIndex((p) => same(p) && p.line === problem.line && p.column === problem.column);
  return exact >= 0 ? exact : among.findIndex(same);
}

/** useProblems goes from problem to problem, to the field that mends each or its line. */
export function useProblems(id: string, view: string, edits: boolean): { problems: Diagnostic[]; at: number; go: (index: number) => void; next: (by: -1 | 1) => void } {
  const journey = useJourney();
  const editor = useEditorStore();
  const last = useEditor((e) => e.problem);
  const [, navigate] = useLocation();
  const { problems, about, byKey, brokenAt } = journey;
  const at = last ? placeOf(last, problems) : -1;
  const go = useCallback(
    (index: number) => {
      const problem = problems[index];
      if (!problem) return;
      editor.getState().set({ problem, line: { number: problem.line, time: Date.now() } });
      const key = [...about].find(([, list]) => list.includes(problem))?.[0];
      const step = key === undefined ? undefined : byKey.get(key);
      if (view === "yaml") return;
      if (brokenAt > 0) return navigate(`/journeys/${id}/yaml`);
      if (!edits) navigate(`/journeys/${id}/flow`);
      if (step) editor.getState().choose(step);
      else editor.getState().chooseJourney();
      editor.getState().set({ mending: true, ...(!step || edits ? { shown: step?.path ?? [] } : {}) });
    },
    [problems, about, byKey, brokenAt, edits, editor, id, navigate, view],
  );
  const next = useCallback(
    (by: -1 | 1) => {
      const n = problems.length;
      if (n === 0) return;
      if (at >= 0) return go((at + by + n) % n);
      // The last one is mended: on from where it stood.
      const after = last ? problems.findIndex((p) => p.line >= last.line) : 0;
      const from = after < 0 ? n : after;
      go(by > 0 ? from % n : (from - 1 + n) % n);
    },
    [at, go, last, problems],
  );
  return { problems, at, go, next };
}

function Said({ problem }: { problem: Diagnostic }) {
  const t = useWords(words);
  const Icon = problem.severity === "error" ? CircleAlert : TriangleAlert;
  return (
    <>
      <span className={problem.severity === "error" ? "is-error" : "is-warning"}>
        <Icon size={15} aria-hidden /> {problem.message}
      </span>
      <span className="problem-hint">
        {" "}
        · {t("line", { line: problem.line })}
        {problem.step_id ? ` · ${problem.step_id}` : ""}
        {problem.suggestion || problem.hint ? ` · ${problem.suggestion || problem.hint}` : ""}
      </span>
    </>
  );
}

/** Why is the page of a problem's code, whichever view is open. */
function Why({ code, close }: { code: string; close: () => void }) {
  const page = usePage(code);
  return (
    <Dialog title={`${code}${page.data ? `: ${page.data.title}` : ""}`} close={close} wide>
      <Explanation code={code} />
    </Dialog>
  );
}

export function Problems({ problems, at, go, next }: ReturnType<typeof useProblems>) {
  const t = useWords(words);
  const { steps } = useJourney();
  const checked = useDocument((d) => d.checked);
  const [all, setAll] = useState(false);
  const [why, setWhy] = useState("");
  const shown = problems[at] ?? problems.find((p) => p.severity === "error") ?? problems[0];
  const errors = problems.filter((p) => p.severity === "error").length;
  return (
    <footer className="problem-foot" aria-label={t("problemList")}>
      {all && problems.length > 0 && (
        <ul className="problem-list">
          {problems.map((problem, i) => (
            <li key={i}>
              <button type="button" onClick={() => go(i)} aria-current={i === at}>
                <Said problem={problem} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="problem-bar">
        <span role="status" data-errors={errors}>
          {!checked ? (
            t("checking")
          ) : problems.length === 0 ? (
            <span className="is-fine">
              <CircleCheck size={15} aria-hidden /> {t("noProblem")}
            </span>
          ) : (
            <strong className={errors > 0 ? "is-error" : "is-warning"}>{errors > 0 ? t("problems", { n: errors }) : t("warnings", { n: problems.length })}</strong>
          )}
        </span>
        {shown ? (
          <button type="button" className="problem-now" onClick={() => go(Math.max(0, problems.indexOf(shown)))}>
            <Said problem={shown} />
          </button>
        ) : (
          <span className="editor-space" />
        )}
        {problems.length > 0 && (
          <>
            <span className="problem-hint">{t("ofProblems", { n: Math.max(0, at) + 1, all: problems.length })}</span>
            <button type="button" className="icon-button" aria-label={t("previous")} title={t("previous")} onClick={() => next(-1)}>
              <ChevronUp size={16} aria-hidden />
            </button>
            <button type="button" className="icon-button" aria-label={t("next")} title={t("next")} onClick={() => next(1)}>
              <ChevronDown size={16} aria-hidden />
            </button>
            {shown && (
              <button type="button" className="icon-button" aria-haspopup="dialog" aria-label={t("explain", { code: shown.code })} title={t("explain", { code: shown.code })} onClick={() => setWhy(shown.code)}>
                <CircleQuestionMark size={16} aria-hidden />
              </button>
            )}
            <button type="button" className="icon-button" aria-expanded={all} aria-label={t(all ? "hideAll" : "showAll")} title={t(all ? "hideAll" : "showAll")} onClick={() => setAll(!all)}>
              <ListCollapse size={16} aria-hidden />
            </button>
          </>
        )}
        <span className="problem-hint">{t("steps", { n: steps.length })}</span>
      </div>
      {why && <Why code={why} close={() => setWhy("")} />}
    </footer>
  );
}

