import { useQuery } from "@tanstack/react-query";
import { User } from "lucide-react";
import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";

import { api, given } from "../api/client";
import { useWords } from "../app/language";
import { useDocument } from "../document/store";
import { useJourney } from "./journey";
import { stepOf, useEditor } from "./state";
import { words } from "./words";

/** Person is somebody who has this journey open elsewhere, with the step that is chosen there. */
export interface Person {
  tab: string;
  name: string;
  step: string;
  /** Another tab of the person who sits here. */
  me: boolean;
}

const PresenceContext = createContext<Person[]>([]);
const nobody: Person[] = [];

/** This tab, to the server: made up anew when the page is loaded. */
const tab = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

/** PresenceProvider says every few seconds that this tab is here, and hears who else is. */
export function PresenceProvider({ id, children }: { id: string; children: ReactNode }) {
  const { steps } = useJourney();
  const chosen = useEditor((e) => e.chosen);
  const step = stepOf(steps, chosen)?.id ?? "";
  const opened = useDocument((d) => d.saved !== "loading" && d.saved !== "missing");
  const news = useDocument((d) => d.news);
  const here = useQuery({
    queryKey: ["presence", id, step],
    enabled: opened,
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchInterval: 5_000,
    placeholderData: (before) => before,
    queryFn: () => given(api.POST("/api/v1/journeys/{id}/presence", { params: { path: { id } }, body: { tab, step_id: step } })),
  });
  const { data, isPlaceholderData } = here;
  useEffect(() => {
    if (data && !isPlaceholderData) news(data.draft_etag, data.live_etag);
  }, [data, isPlaceholderData, news]);
  useEffect(() => {
    const leave = () => void api.POST("/api/v1/journeys/{id}/presence", { params: { path: { id } }, body: { tab, left: true }, keepalive: true }).catch(() => {});
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [id]);
  const people = data?.people;
  const value = useMemo(() => people?.map((p): Person => ({ tab: p.tab, name: p.name, step: p.step_id, me: p.me })) ?? nobody, [people]);
  return <PresenceContext value={value}>{children}</PresenceContext>;
}

/** useOthers is who has this journey open elsewhere; those of one step when it is named. */
export function useOthers(step?: string): Person[] {
  const all = useContext(PresenceContext);
  return useMemo(() => (step === undefined ? all : step === "" ? nobody : all.filter((p) => p.step === step)), [all, step]);
}

/** initials are the first letters of the first and the last name. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/).filter(Boolean);
  const letters = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return letters.map((part) => Array.from(part ?? "")[0]?.toLocaleUpperCase() ?? "").join("") || "?";
}

/** useNames says who somebody is: their name, or that it is you elsewhere. */
export function useNames(): (people: Person[]) => string {
  const t = useWords(words);
  return (people) => [...new Set(people.map((p) => (p.me ? t("youElsewhere") : p.name)))].join(", ");
}

/** Faces are the initials of some people; their names are said to those who hover or hear. */
export function Faces({ of, label }: { of: Person[]; label: "alsoHere" | "heldBy" }) {
  const t = useWords(words);
  const names = useNames();
  if (of.length === 0) return null;
  const says = t(label, { who: names(of) });
  return (
    <span className="badge badge-person" role="img" aria-label={says} title={says}>
      <User size={12} aria-hidden /> {[...new Set(of.map((p) => initials(p.name)))].join(" ")}
    </span>
  );
}
