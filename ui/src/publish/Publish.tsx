import "../play/play.css";
import "./publish.css";

import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useMemo, useState } from "react";

import { api, ApiError, given } from "../api/client";
import { useWords } from "../app/language";
import { later } from "../app/later";
import { read } from "../document/read";
import { walk } from "../document/steps";
import { useDocument } from "../document/store";
import { useJourney } from "../editor/journey";
import { lookOf } from "../editor/kinds";
import { useEditor } from "../editor/state";
import { stepTitle } from "../editor/summary";
import { words as editorWords } from "../editor/words";
import { Share } from "./Trial";
import { useImpact, useTests, type Diff } from "./useImpact";
import { words } from "./words";

const CanvasDiff = later(() => import("./CanvasDiff"));
const TextDiff = later(() => import("./TextDiff"));

/** Publish shows what would change, and for whom, before it is done. */
export default function Publish({ id }: { id: string }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const text = useDocument((d) => d.text);
  const checked = useDocument((d) => (d.checkedText === d.text ? d.checked : undefined));
  const clean = checked?.ok === true;
  const impact = useImpact(id, text, clean);
  const tests = useTests(id, text, clean);
  const journey = useQuery({ queryKey: ["journey", id], queryFn: () => given(api.GET("/api/v1/journeys/{id}", { params: { path: { id } } })) });
  const readOnly = useEditor((e) => e.readOnly);
  const [move, setMove] = useState(false);
  const [copy, setCopy] = useState(false);
  const [busy, setBusy] = useState(false);
  const [says, setSays] = useState<{ text: string; bad: boolean }>();
  const diff = impact.data;
  const mine = diff?.trial?.hash === diff?.to.hash;
  const triable = diff?.from && diff.from.hash !== diff.to.hash && (!diff.trial || mine);
  const covered = tests.data?.coverage.flatMap((s) => s.outcomes) ?? [];
  const wide = useMediaQuery("(min-width: 901px)", true, { getInitialValueInEffect: false });
  const errors = checked?.diagnostics.filter((d) => d.severity === "error").length ?? 0;

  const publish = async (share = 0) => {
    if (!diff) return;
    setBusy(true);
    try {
      const path = { params: { path: { id } } };
      const done = await given(api.POST("/api/v1/journeys/{id}/publish", { ...path, body: { source: text, impact: diff.impact, ...(share > 0 ? { share } : copy ? { copy: "live" as const } : {}) } }));
      const one = done.published[0];
      let said = one?.new || one?.again || one?.ended_trial ? t("done", { n: one.version }) : t(one?.text ? "told" : "same", { n: one?.version ?? 0 });
      if (one?.trial) said = t("tried", { n: one.version, share: one.trial.share });
      else if (move) {
        const moved = await given(api.POST("/api/v1/journeys/{id}/migrate", { ...path, body: {} }));
        said += ` ${t("moved", { n: moved.asked })}`;
      }
      setSays({ text: said, bad: false });
      await queries.invalidateQueries();
    } catch (e) {
      setSays({ text: e instanceof Error ? e.message : String(e), bad: true });
      if (e instanceof ApiError && e.code === "impact_changed") await impact.refetch();
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="play-page publish" tabIndex={-1}>
      <h2>{t("publish")}</h2>
      {errors > 0 && <p className="play-bad" role="alert">{t("errors", { n: errors })}</p>}
      {clean && impact.isPending && <p className="hint">{t("looking")}</p>}
      {impact.error && <p className="play-bad" role="alert">{impact.error.message}</p>}
      {diff?.trial && !mine && <p>{t("endsTrial", { n: diff.trial.version, share: diff.trial.share })}</p>}
      {diff?.trial && mine && <p>{t("onTrial", { n: diff.trial.version, share: diff.trial.share })}</p>}
      {diff && (
        <>
          {checked?.estimate && <p>{begun(checked.estimate.summary)}.</p>}
          <People diff={diff} live={journey.data?.live?.source ?? ""} />
          <Changes diff={diff} live={journey.data?.live?.source ?? ""} />
          <section aria-labelledby="publish-tests">
            <h3 id="publish-tests">{t("tests")}</h3>
            {tests.data === null && <p>{t("noTests")}</p>}
            {tests.error && <p className="play-bad">{tests.error.message}</p>}
            {tests.data && tests.data.transcript.length === 0 && <p className="play-bad">{t("testsBroken", { why: tests.data.diagnostics[0]?.message ?? "" })}</p>}
            {tests.data && tests.data.transcript.length > 0 && (
              <p className={tests.data.ok ? "" : "play-bad"}>
                {t("testsPassed", { passed: tests.data.transcript.filter((c) => c.passed).length, all: tests.data.transcript.length })}{" "}
                {t("covered", { done: covered.filter((o) => o.count > 0).length, all: covered.length })}
              </p>
            )}
          </section>
          {journey.data?.live?.source !== undefined && wide && diff.changes.some((c) => c.step_id) && (
            <details open>
              <summary>{t("drawing")}</summary>
              <Suspense fallback={<p className="hint">…</p>}>
                <CanvasDiff before={journey.data.live.source} after={text} changes={diff.changes} />
              </Suspense>
            </details>
          )}
          {journey.data?.live?.source !== undefined && journey.data.live.source !== text && (
            <details>
              <summary>{t("text")}</summary>
              <Suspense fallback={<p className="hint">…</p>}>
                <TextDiff before={journey.data.live.source} after={text} label={t("text")} />
              </Suspense>
            </details>
          )}
          {diff.people.moving + diff.people.deciding > 0 && (
            <label className="publish-choice">
              <input type="checkbox" checked={move} onChange={(e) => setMove(e.target.checked)} /> {t("move")}
            </label>
          )}
          {diff.people.inside > 0 && diff.class === "safe" && (
            <label className="publish-choice">
              <input type="checkbox" checked={copy} onChange={(e) => setCopy(e.target.checked)} /> {t("copy")}
            </label>
          )}
        </>
      )}
      {triable && diff.trial_refused && <p className="hint">{diff.trial_refused}</p>}
      <div className="play-buttons" hidden={readOnly}>
        <button type="button" className="text-button publish-go" disabled={!diff || !clean || busy} onClick={() => void publish()}>
          {busy ? t("publishing") : t("publish")}
        </button>
        {triable && !diff.trial_refused && <Share above={diff.trial?.share ?? 0} busy={!clean || busy} go={(share) => void publish(share)} />}
        {says && (
          <span role={says.bad ? "alert" : "status"} className={says.bad ? "play-bad" : ""}>
            {says.text}
          </span>
        )}
      </div>
    </div>
  );
}

/** begun is a line as the beginning of a sentence. */
const begun = (line: string): string => line.charAt(0).toUpperCase() + line.slice(1);

/**
 * useNames calls steps by their names: those of the open text, and those that only the
 * live one has. The server calls them by id and verb, as the command line does.
 */
function useNames(live: string): { called: (id: string) => string; said: (text: string) => string } {
  const { steps } = useJourney();
  const say = useWords(editorWords);
  const before = useMemo(() => {
    const reading = read(live);
    return reading.ok ? walk(reading.root) : [];
  }, [live]);
  const called = (id: string) => {
    const step = [...steps, ...before].find((s) => s.id === id);
    return step ? stepTitle(step) : id;
  };
  const word = (verb: string) => (lookOf(verb) === lookOf("") ? verb : say(lookOf(verb).word));
  return { called, said: (text) => text.replace(/`([^`]+)`/g, (_, id: string) => `“${called(id)}”`).replace(/ \(([a-z]+)\)/g, (_, verb: string) => ` (${word(verb)})`) };
}

/** People says who is inside, and what becomes of them; a step that goes has its name from the live text. */
function People({ diff, live }: { diff: Diff; live: string }) {
  const t = useWords(words);
  const { called, said } = useNames(live);
  const name = (id: string) => called(id) || t("atStart");
  const { people } = diff;
  return (
    <section aria-labelledby="publish-people">
      <h3 id="publish-people">{t("people")}</h3>
      {diff.from === null && <p>{t("brandNew")}</p>}
      <p>{people.inside === 0 ? t("nobody") : t("inside", { n: people.inside })}</p>
      <ul>
        {people.at
          .filter((at) => at.verdict !== "there")
          .map((at) => (
            <li key={`${at.hash}${at.step_id}`} data-verdict={at.verdict}>
              {at.verdict === "moves" || at.verdict === "may_move" ? t("mayMove", { n: at.people, step: name(at.step_id) }) : t("cannotMove", { n: at.people, step: name(at.step_id), why: said(at.reason) })}
            </li>
          ))}
      </ul>
    </section>
  );
}

function Changes({ diff, live }: { diff: Diff; live: string }) {
  const t = useWords(words);
  const { said } = useNames(live);
  return (
    <section aria-labelledby="publish-changes">
      <h3 id="publish-changes">{t("changes")}</h3>
      {diff.changes.length === 0 && diff.from !== null && <p>{t(diff.text ? "onlyText" : "noChanges")}</p>}
      <ul>
        {diff.changes.map((c, i) => (
          <li key={i} data-class={c.class}>
            {said(c.text)}
            {c.reason && <span className="hint"> {said(c.reason)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
