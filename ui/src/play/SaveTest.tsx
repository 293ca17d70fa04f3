import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";

import { api, given } from "../api/client";
import { useWords } from "../app/language";
import { asCase, withCase } from "./script";
import type { Play } from "./usePlay";
import { words } from "./words";

/** SaveTest keeps what was just played as a test of the journey. */
export function SaveTest({ id, play, zone }: { id: string; play: Play; zone: string }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [says, setSays] = useState("");
  const { played, sample, script } = play;
  if (!played || !sample || played.difference) return null;
  const save = async (e: FormEvent) => {
    e.preventDefault();
    try {
      const path = { params: { path: { id } } };
      const now = await given(api.GET("/api/v1/journeys/{id}/tests", path));
      const source = withCase(now.source, id, asCase(name.trim(), sample, played, script, zone));
      await given(api.PUT("/api/v1/journeys/{id}/tests", { params: { path: { id }, header: { "If-Match": `"${now.etag}"` } }, body: { source } }));
      await queries.invalidateQueries({ queryKey: ["tests", id] });
      setName("");
      setSays(t("saved"));
    } catch (error) {
      setSays(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form className="play-save" onSubmit={save}>
      <label className="field">
        {t("saveName")}
        <input value={name} required maxLength={120} onChange={(e) => setName(e.target.value)} />
      </label>
      <button type="submit" className="text-button">
        {t("save")}
      </button>
      <span role="status">{says}</span>
    </form>
  );
}
