import { useQuery, useQueryClient, type Query } from "@tanstack/react-query";
import { useState } from "react";

import { api, given, type Schemas } from "../api/client";
import { useFormat } from "../app/format";
import { useWords } from "../app/language";
import { words } from "./words";

const shares = [10, 25, 50];

/** After a change everything is asked anew, but the numbers of a trial that may have ended. */
export const butTrials = { predicate: (q: Query) => q.queryKey[0] !== "trial" };

/** Share chooses how many of those who enter get a version, more than so many percent, and publishes it for them. */
export function Share({ above = 0, busy, go }: { above?: number; busy: boolean; go: (share: number) => void }) {
  const t = useWords(words);
  const more = shares.filter((s) => s > above);
  const [chosen, choose] = useState(0);
  const share = more.includes(chosen) ? chosen : more[0];
  if (share === undefined) return null;
  return (
    <>
      <select aria-label={t("share")} className="text-button" value={share} onChange={(e) => choose(Number(e.target.value))}>
        {more.map((s) => (
          <option key={s} value={s}>
            {s} %
          </option>
        ))}
      </select>
      <button type="button" className="text-button" disabled={busy} onClick={() => go(share)}>
        {t(above > 0 ? "raise" : "publishFor", { share })}
      </button>
    </>
  );
}

/** Trial is the version that a share of those who enter get, beside the live one: raise it, give it to all, or end it. */
export function Trial({ id, trial, readOnly, forAll }: { id: string; trial: Schemas["Trial"]; readOnly: boolean; forAll: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const queries = useQueryClient();
  const path = { params: { path: { id } } };
  const both = useQuery({ queryKey: ["trial", id, trial.hash, trial.share], staleTime: 0, queryFn: () => given(api.GET("/api/v1/journeys/{id}/trial", path)) });
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const change = async (how: () => Promise<unknown>) => {
    setBusy(true);
    setWrong("");
    try {
      await how();
      await queries.invalidateQueries(butTrials);
    } catch (e) {
      setWrong(e instanceof Error ? e.message : String(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="publish-trial">
      <h3 id="publish-trial">{t("onTrial", { n: trial.version, share: trial.share })}</h3>
      <p>{t("trialText", { at: format.moment(trial.since) })}</p>
      <ul>
        {both.data?.versions.map((v) => (
          <li key={v.hash}>
            {t("trialNumbers", { n: v.version, entered: v.entered, inside: v.inside })}
            {Object.entries(v.endings).map(([outcome, people]) => (
              <span key={outcome}>
                {" "}
                · <code>{outcome}</code> {format.number(people)}
              </span>
            ))}
          </li>
        ))}
      </ul>
      <div className="play-buttons" hidden={readOnly}>
        <Share above={trial.share} busy={busy} go={(share) => void change(() => given(api.POST("/api/v1/journeys/{id}/publish", { ...path, body: { hash: trial.hash, share } })))} />
        <button type="button" className="text-button" disabled={busy} onClick={forAll}>
          {t("forAll")}
        </button>
        <button type="button" className="text-button" disabled={busy} onClick={() => void change(() => given(api.POST("/api/v1/journeys/{id}/end-trial", path)))}>
          {t("endTrial")}
        </button>
      </div>
      {wrong && (
        <p className="play-bad" role="alert">
          {wrong}
        </p>
      )}
    </section>
  );
}
