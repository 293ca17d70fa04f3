import "./play.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { Link } from "wouter";

import { api, given, type Schemas } from "../api/client";
import { useWords } from "../app/language";
import { later } from "../app/later";
import { merged } from "../document/merge";
import { useDocument } from "../document/store";
import { useEditor } from "../editor/state";
import { words } from "./words";

const TextDiff = later(() => import("../publish/TextDiff"));

/** Tests lists the journey's scenario tests, plays them against the open text, and shows the first difference of each. */
export default function Tests({ id }: { id: string }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const journey = useDocument((d) => d.text);
  const readOnly = useEditor((e) => e.readOnly);
  const [draft, setDraft] = useState("");
  const [result, setResult] = useState<Schemas["SimulationResult"]>();
  const [says, setSays] = useState("");
  const kept = useQuery({ queryKey: ["tests", id], queryFn: () => given(api.GET("/api/v1/journeys/{id}/tests", { params: { path: { id } } })) });
  const source = kept.data?.source ?? "";
  const last = useRef("");
  useEffect(() => {
    const before = last.current;
    last.current = source;
    // Somebody saved others: what is being written here is kept where it can be.
    setDraft((mine) => merged(before, mine, source) ?? mine);
  }, [source]);
  const run = async () => {
    setSays(t("busy"));
    try {
      setResult(await given(api.POST("/api/v1/journeys/simulate", { body: { files: { [`${id}.journey.yaml`]: journey }, scenario: draft } })));
      setSays("");
    } catch (e) {
      setSays(e instanceof Error ? e.message : String(e));
    }
  };
  const save = async (text: string, basedOn = "") => {
    try {
      await given(api.PUT("/api/v1/journeys/{id}/tests", { params: { path: { id }, header: { "If-Match": `"${kept.data?.etag ?? ""}"` } }, body: { source: text, ...(basedOn ? { based_on: basedOn } : {}) } }));
      setDraft(text);
      await queries.invalidateQueries({ queryKey: ["tests", id] });
      setSays("");
    } catch (e) {
      setSays(e instanceof Error ? e.message : String(e));
    }
  };
  const outcomes = result?.coverage.flatMap((s) => s.outcomes) ?? [];
  if (kept.data && source === "" && draft === "") {
    return (
      <div className="play-page">
        <h2>{t("tests")}</h2>
        <p>{t("noTests")}</p>
        <Link className="text-button" href={`/journeys/${id}/simulate`}>
          {t("toSimulate")}
        </Link>
      </div>
    );
  }
  return (
    <div className="play-page">
      <h2>{t("tests")}</h2>
      <div className="play-buttons">
        <button type="button" className="text-button" disabled={draft.trim() === ""} onClick={run}>
          {t("run")}
        </button>
        {!readOnly && (
          <button type="button" className="text-button" disabled={draft === source} onClick={() => save(draft)}>
            {t("saveTests")}
          </button>
        )}
        <span role="status">{says}</span>
      </div>
      {kept.data?.sent && !readOnly && <Sent sent={kept.data.sent} mine={draft} take={save} />}
      {kept.error && <p className="play-bad" role="alert">{kept.error.message}</p>}
      {result?.diagnostics.filter((d) => d.severity === "error").map((d) => (
        <p key={`${d.file}${d.line}${d.code}`} className="play-bad" role="alert">
          {t("atLine", { line: d.line, message: d.message })}
        </p>
      ))}
      {result && result.transcript.length > 0 && (
        <>
          <p role="status">{t("result", { passed: result.transcript.filter((c) => c.passed).length, all: result.transcript.length })}</p>
          <p>{t("covered", { done: outcomes.filter((o) => o.count > 0).length, all: outcomes.length })}</p>
          <ul className="play-cases">
            {result.transcript.map((c) => (
              <li key={c.name} data-passed={c.passed || undefined}>
                {c.passed ? <Check size={15} aria-label={t("passed")} /> : <X size={15} aria-label={t("failed")} />} {c.name}
                {c.difference && (
                  <>
                    <p>
                      {t("atLine", { line: c.difference.line, message: c.difference.message })} {c.difference.hint}
                    </p>
                    <pre tabIndex={0}>{c.text}</pre>
                  </>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <label className="field">
        {t("source")}
        <textarea className="code" rows={Math.min(32, draft.split("\n").length + 1)} spellCheck={false} readOnly={readOnly} value={draft} onChange={(e) => setDraft(e.target.value)} />
      </label>
    </div>
  );
}

/** Sent is what a folder was published with, beside the tests that stand here. */
function Sent({ sent, mine, take }: { sent: { source: string; etag: string; base: string }; mine: string; take: (text: string, basedOn: string) => void }) {
  const t = useWords(words);
  const both = merged(sent.base, mine, sent.source);
  return (
    <section className="editor-banner" aria-label={t("sentTitle")}>
      {t(both === undefined ? "sentApart" : "sentTitle")}
      {both !== undefined && (
        <button type="button" className="text-button" onClick={() => take(both, sent.etag)}>
          {t("sentJoin")}
        </button>
      )}
      <button type="button" className="text-button" onClick={() => take(sent.source, sent.etag)}>
        {t("sentTake")}
      </button>
      <button type="button" className="text-button" onClick={() => take(mine, sent.etag)}>
        {t("sentKeep")}
      </button>
      <details style={{ flexBasis: "100%" }}>
        <summary>{t("sentDiff")}</summary>
        <Suspense fallback={<p className="hint">…</p>}>
          <TextDiff before={mine} after={sent.source} label={t("sentDiff")} />
        </Suspense>
      </details>
    </section>
  );
}
