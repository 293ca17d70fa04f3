import "../play/play.css";
import "./publish.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";

import { api, given } from "../api/client";
import { useFormat } from "../app/format";
import { useWords } from "../app/language";
import { later } from "../app/later";
import { useDocument } from "../document/store";
import { Dialog } from "../editor/Dialog";
import { useEditor } from "../editor/state";
import { butTrials, Trial } from "./Trial";
import { words } from "./words";

const TextDiff = later(() => import("./TextDiff"));

/** Versions lists what was published, compares it with the open text, and goes back to it. */
export default function Versions({ id }: { id: string }) {
  const t = useWords(words);
  const text = useDocument((d) => d.text);
  const readOnly = useEditor((e) => e.readOnly);
  const path = { params: { path: { id } } };
  const versions = useQuery({ queryKey: ["versions", id], queryFn: () => given(api.GET("/api/v1/journeys/{id}/versions", path)) });
  const journey = useQuery({ queryKey: ["journey", id], queryFn: () => given(api.GET("/api/v1/journeys/{id}", path)) });
  const [shown, setShown] = useState("");
  const [back, setBack] = useState<{ hash: string; version: number }>();
  const format = useFormat();
  const items = versions.data?.items ?? [];
  const trial = journey.data?.trial;
  return (
    <div className="play-page publish">
      <h2>{t("versions")}</h2>
      {versions.error && <p className="play-bad" role="alert">{versions.error.message}</p>}
      {versions.data && items.length === 0 && <p>{t("none")}</p>}
      {trial && <Trial id={id} trial={trial} readOnly={readOnly} forAll={() => setBack(trial)} />}
      <ol className="play-cases publish-versions">
        {items.map((v) => (
          <li key={v.hash}>
            <strong>{t("version", { n: v.version })}</strong> {v.hash === journey.data?.live_hash && <mark>{t("live")}</mark>} {v.hash === trial?.hash ? <mark>{t("inTrial", { share: trial.share })}</mark> : v.only_tried && <mark>{t("onlyTried")}</mark>} <span className="hint" title={format.zone}>{t("by", { who: v.published_by, at: format.moment(v.published_at) })}</span> {v.origin && <code>{v.origin}</code>}
            <div className="play-buttons">
              <button type="button" className="text-button" aria-expanded={shown === v.hash} onClick={() => setShown(shown === v.hash ? "" : v.hash)}>
                {t("compare")}
              </button>
              {!readOnly && v.hash !== journey.data?.live_hash && v.hash !== trial?.hash && (
                <button type="button" className="text-button" onClick={() => setBack({ hash: v.hash, version: v.version })}>
                  {t("back")}
                </button>
              )}
            </div>
            {shown === v.hash && (
              <Suspense fallback={<p className="hint">…</p>}>
                <TextDiff before={v.source ?? ""} after={text} label={t("compare")} />
              </Suspense>
            )}
          </li>
        ))}
      </ol>
      {back && <GoBack id={id} to={back} full={back.hash === trial?.hash} close={() => setBack(undefined)} />}
    </div>
  );
}

/** GoBack makes a version live for everybody: an older one, or in full the one on trial. */
function GoBack({ id, to, full, close }: { id: string; to: { hash: string; version: number }; full: boolean; close: () => void }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const [wrong, setWrong] = useState("");
  const diff = useQuery({ queryKey: ["impact", id, to.hash], staleTime: 0, queryFn: () => given(api.GET("/api/v1/journeys/{id}/diff", { params: { path: { id }, query: { to: to.hash } } })) });
  const trial = diff.data?.trial;
  const go = async () => {
    try {
      await given(api.POST("/api/v1/journeys/{id}/publish", { params: { path: { id } }, body: { hash: to.hash, impact: diff.data?.impact ?? "" } }));
      await queries.invalidateQueries(butTrials);
      close();
    } catch (e) {
      setWrong(e instanceof Error ? e.message : String(e));
      await diff.refetch();
    }
  };
  return (
    <Dialog title={t(full ? "forAllTitle" : "backTitle", { n: to.version })} close={close}>
      <p>{t(full ? "forAllText" : "backText", { n: to.version })}</p>
      {trial && !full && <p>{t("endsTrial", { n: trial.version, share: trial.share })}</p>}
      {diff.data && diff.data.people.inside > 0 && <p>{t("inside", { n: diff.data.people.inside })}</p>}
      <ul>
        {diff.data?.changes.map((c, i) => (
          <li key={i}>{c.text}</li>
        ))}
      </ul>
      {wrong && <p className="play-bad" role="alert">{wrong}</p>}
      <div className="dialog-buttons">
        <button type="button" className="text-button publish-go" data-first disabled={!diff.data} onClick={go}>
          {t(full ? "forAll" : "back")}
        </button>
      </div>
    </Dialog>
  );
}
