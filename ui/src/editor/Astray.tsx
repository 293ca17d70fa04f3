import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "wouter";

import { useWords } from "../app/language";
import { useDocument } from "../document/store";
import { words } from "./words";

/** Astray tells which tests still call by its old name what was renamed, where renaming it in them was not sure to be right. */
export function Astray({ id }: { id: string }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const astray = useDocument((d) => d.astray);
  const forget = useDocument((d) => d.forget);
  const changed = useDocument((d) => d.testsChanged);
  useEffect(() => {
    if (changed > 0) void queries.invalidateQueries({ queryKey: ["tests", id] });
  }, [changed, id, queries]);
  if (astray.length === 0) return null;
  return (
    <div className="editor-banner" role="alert">
      {astray.map((a) => (
        <span key={`${a.step}/${a.from}`}>{t(a.cases.length > 0 ? "astray" : "astrayUnread", { from: a.from, to: a.to, cases: a.cases.map((c) => `“${c}”`).join(", ") })}</span>
      ))}
      <Link className="text-button" href={`/journeys/${id}/tests`}>
        {t("toTests")}
      </Link>
      <button type="button" className="text-button" onClick={forget}>
        {t("close")}
      </button>
    </div>
  );
}
