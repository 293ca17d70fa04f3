import { CircleAlert, Plus, TriangleAlert } from "lucide-react";
import { useEffect, type KeyboardEvent } from "react";

import { useWords } from "../../app/language";
import { pathKey, type Step } from "../../document/steps";
import type { Path } from "../../document/types";
import { useActions } from "../actions";
import { Buttons } from "../Buttons";
import { useJourney } from "../journey";
import { stepKeys } from "../keys";
import { entryLook, lookOf } from "../kinds";
import { lanesOf, straight } from "../layout/lanes";
import { usePhrases } from "../phrases";
import { Faces, useOthers } from "../presence";
import { stepOf, useEditor, useEditorStore } from "../state";
import { entries, laneName, stepTitle, summary } from "../summary";
import { words } from "../words";

/** ListView is the journey as a list in the list: all that the canvas shows and does, by buttons. */
export default function ListView() {
  const t = useWords(words);
  const journey = useJourney();
  const editor = useEditorStore();
  const actions = useActions();
  const focus = useEditor((e) => e.focus);
  const shown = useEditor((e) => e.shown);
  useEffect(() => {
    const wanted = focus ?? shown;
    if (!wanted) return;
    const found = document.querySelector<HTMLElement>(`[data-step="${CSS.escape(pathKey(wanted))}"]`);
    editor.getState().set({ focus: undefined, shown: undefined });
    if (focus) found?.focus();
    found?.scrollIntoView({ block: "nearest" });
  }, [focus, shown, journey, editor]);
  const onKeyDown = (e: KeyboardEvent) => {
    const target = e.target as HTMLElement;
    const key = target.closest<HTMLElement>("[data-step]")?.dataset.step ?? "";
    const step = journey.byKey.get(key);
    if (!target.matches("[data-step]")) return;
    if (!e.ctrlKey && !e.altKey && !e.metaKey && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      const next = journey.steps[(step ? journey.steps.indexOf(step) : -1) + (e.key === "ArrowDown" ? 1 : -1)];
      if (next) editor.getState().choose(next, true);
      e.preventDefault();
    } else if (e.key !== "Enter" && stepKeys(e, step, actions, editor)) e.preventDefault();
  };
  return (
    <div className="list-view" onKeyDown={onKeyDown} role="region" aria-label={t("stepList")}>
      <div className="list-step" data-tint="green">
        <button type="button" className="list-open" data-step="[]" onClick={() => editor.getState().chooseJourney()}>
          <entryLook.icon size={16} aria-hidden />
          <strong>{t("entry")}</strong>
          <span className="list-sum">{entries(journey.root, t).join(" · ") || t("noTrigger")}</span>
        </button>
      </div>
      <Steps list={["steps"]} />
      {journey.exits.map((exit) => (
        <section key={exit.index} aria-label={t("exitFlow", { exit: exit.id })}>
          <h2 className="list-outcome">{t("exitFlow", { exit: exit.id })}</h2>
          <Steps list={["exits", exit.index, "steps"]} />
        </section>
      ))}
    </div>
  );
}

function Steps({ list }: { list: Path }) {
  const { steps } = useJourney();
  const key = pathKey(list);
  const own = steps.filter((s) => pathKey(s.list) === key);
  return (
    <>
      {own.length > 0 && (
        <ol>
          {own.map((step) => (
            <li key={pathKey(step.path)}>
              <Item step={step} />
            </li>
          ))}
        </ol>
      )}
      <AddButton list={list} index={own.length} />
    </>
  );
}

function AddButton({ list, index, outcome = "" }: { list: Path; index: number; outcome?: string }) {
  const t = useWords(words);
  const editor = useEditorStore();
  const label = outcome ? t("addInto", { outcome }) : t("addHere");
  if (useEditor((e) => e.readOnly)) return null;
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={() => editor.getState().set({ adding: { list, index } })}>
      <Plus size={15} aria-hidden />
    </button>
  );
}

function Item({ step }: { step: Step }) {
  const t = useWords(words);
  const journey = useJourney();
  const editor = useEditorStore();
  const say = usePhrases();
  const chosen = useEditor((e) => e.chosen);
  const look = lookOf(step.verb);
  const key = pathKey(step.path);
  const problems = journey.about.get(key) ?? [];
  const errors = problems.filter((p) => p.severity === "error").length;
  const lanes = lanesOf(step);
  const note = journey.notes.get(key);
  const holders = useOthers(step.id);
  const selected = stepOf(journey.steps, chosen) === step;
  return (
    <>
      <div className="list-step" data-tint={look.tint} data-selected={selected || undefined}>
        <button type="button" className="list-open" data-step={key} aria-current={selected || undefined} onClick={() => editor.getState().choose(step)}>
          <look.icon size={16} aria-hidden />
          <strong>{stepTitle(step)}</strong>
          <span className="list-kind">{t(look.word)}</span>
          <Faces of={holders} label="heldBy" />
          {errors > 0 && (
            <span className="badge badge-error">
              <CircleAlert size={12} aria-hidden /> {t("problems", { n: errors })}
            </span>
          )}
          {problems.length > errors && (
            <span className="badge badge-warning">
              <TriangleAlert size={12} aria-hidden /> {t("warnings", { n: problems.length - errors })}
            </span>
          )}
          <span className="list-sum">{summary(step, t, say)}</span>
          {note && <span className="list-sum">{`${t("note")}: ${note}`}</span>}
        </button>
        <Buttons step={step} />
      </div>
      {lanes.length > 0 && !straight(step, lanes) && (
        <ol>
          {lanes.map((lane, i) => (
            <li key={i}>
              {lane.list ? (
                <>
                  <div className="list-outcome">{t("onOutcome", { outcome: laneName(step, lane.outcomes[0]?.name ?? "", t) })}</div>
                  <Steps list={lane.list} />
                </>
              ) : (
                lane.outcomes.map((o) => (
                  <div className="list-outcome" key={o.name}>
                    {t("onOutcome", { outcome: laneName(step, o.name, t) })}: {t("goesOn")}
                    {o.list && <AddButton list={o.list} index={0} outcome={laneName(step, o.name, t)} />}
                  </div>
                ))
              )}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
