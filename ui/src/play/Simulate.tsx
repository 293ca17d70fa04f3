import "./play.css";

import { useMediaQuery } from "@mantine/hooks";
import { Suspense, useEffect, useMemo } from "react";
import { Link } from "wouter";

import { momentsIn } from "../app/format";
import { useLanguage, useWords } from "../app/language";
import { later } from "../app/later";
import { useDocument } from "../document/store";
import { fieldsOf, textOf } from "../document/steps";
import { liveOf } from "../editor/canvas/live";
import { useSchema } from "../editor/forms/context";
import { useJourney } from "../editor/journey";
import { useProblems } from "../editor/Problems";
import { useEditor, useEditorStore } from "../editor/state";
import { Clock } from "./Clock";
import { Events } from "./Events";
import { Phone } from "./Phone";
import { SaveTest } from "./SaveTest";
import { Timeline } from "./Timeline";
import { usePlay } from "./usePlay";
import { Values } from "./Values";
import { Who } from "./Who";
import { words } from "./words";

const Canvas = later(() => import("../editor/canvas/Canvas"));

/** How moments of the play are shown: in the journey's own zone. */
export function useMoments(zone: string) {
  const { language } = useLanguage();
  return useMemo(() => momentsIn(language, zone), [language, zone]);
}

/** Simulate plays the open text: the person answers on the phone, the clock is moved by hand. */
export default function Simulate({ id }: { id: string }) {
  const t = useWords(words);
  const text = useDocument((d) => d.text);
  const { root } = useJourney();
  const workspace = useSchema().data;
  const zone = textOf(fieldsOf(root).timezone) || workspace?.timezone || "UTC";
  const when = useMoments(zone);
  const play = usePlay(id, text);
  const { played, coverage } = play;
  const problems = useProblems(id, "simulate", false);
  const firstError = problems.problems.findIndex((p) => p.severity === "error");
  const editor = useEditorStore();
  const readOnly = useEditor((e) => e.readOnly);
  const wide = useMediaQuery("(min-width: 1200px)", true, { getInitialValueInEffect: false });
  useEffect(() => {
    editor.getState().set({ live: liveOf(played, coverage) });
  }, [editor, played, coverage]);
  useEffect(() => () => editor.getState().set({ live: undefined }), [editor]);
  const outcomes = coverage.flatMap((s) => s.outcomes.map((o) => ({ name: `${s.step_id}: ${o.outcome}`, reached: o.count > 0 })));
  const missing = outcomes.filter((o) => !o.reached);
  return (
    <div className="play">
      <section className="play-left" tabIndex={-1} aria-label={t("timeline")}>
        <p className="hint">{t("intro")}</p>
        <Clock play={play} when={when} zone={zone} />
        {play.complaint && <p className="play-bad" role="alert">{play.complaint}</p>}
        {play.mistakes.length > 0 && (
          <div className="play-bad" role="alert">
            <p>{t("errors", { n: play.mistakes.length })}</p>
            <ul>
              {play.mistakes.slice(0, 5).map((d) => (
                <li key={`${d.line}${d.code}`}>{d.message}</li>
              ))}
            </ul>
            {firstError >= 0 && (
              <Link className="text-button" href={`/journeys/${id}/flow`} onClick={() => problems.go(firstError)}>
                {t("toProblem")}
              </Link>
            )}
          </div>
        )}
        {played?.difference && <p className="play-bad" role="alert">{t("difference", { why: played.difference.message })}</p>}
        {played && <Timeline played={played} when={when} zone={zone} />}
        {played?.rest && <Values of={played.rest.vars} when={when} />}
        {outcomes.length > 0 && (
          <details className="play-coverage">
            <summary>
              <svg className="play-ring" viewBox="0 0 20 20" aria-hidden>
                <circle cx="10" cy="10" r="8" />
                <circle cx="10" cy="10" r="8" pathLength={outcomes.length} strokeDasharray={`${outcomes.length - missing.length} ${outcomes.length}`} transform="rotate(-90 10 10)" />
              </svg>
              {t("coverage", { done: outcomes.length - missing.length, all: outcomes.length })}
            </summary>
            {missing.length > 0 && <p className="hint">{t("untested", { list: missing.map((o) => o.name).join(" · ") })}</p>}
          </details>
        )}
        {!readOnly && <SaveTest id={id} play={play} zone={zone} />}
        <Who play={play} />
      </section>
      {wide && (
        <section className="editor-main" aria-label={t("path")}>
          <Suspense>
            <Canvas />
          </Suspense>
        </section>
      )}
      <section className="play-right" aria-label={t("phone")}>
        <Phone play={play} zone={zone} when={when} />
        <Events play={play} root={root} zone={zone} />
      </section>
    </div>
  );
}
