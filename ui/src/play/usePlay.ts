import { useCallback, useEffect, useRef, useState } from "react";

import { api, given, type Schemas } from "../api/client";
import { scenario, type Case, type Sample, type Script } from "./script";

type Result = Schemas["SimulationResult"];

export interface Play {
  sample: Sample | undefined;
  script: Script;
  played: Case | undefined;
  coverage: Result["coverage"];
  /** Mistakes of the journey that keep it from being played. */
  mistakes: Schemas["Diagnostic"][];
  complaint: string;
  busy: boolean;
  canStepBack: boolean;
  go(script: Script): void;
  /** Waits on, from one moment at which the journey wakes to the next, until a play is as wanted. */
  waitUntil(reached: (now: Case, before: Case) => boolean): Promise<void>;
  stepBack(): void;
  restart(sample?: Sample): void;
}

const nothing: Result["coverage"] = [];

/** A journey that wakes more often without anything to show for it is not waited for. */
const mostWakes = 50;

/** played plays a script; without a person one is made up. */
function played(id: string, text: string, sample: Sample | undefined, script: Script): Promise<Result> {
  const explore = { ...(sample ? {} : { journey: id }), ...(script.until ? { until: script.until } : {}) };
  return given(api.POST("/api/v1/journeys/simulate", { body: { files: { [`${id}.journey.yaml`]: text }, explore, ...(sample ? { scenario: scenario(id, sample, script) } : {}) } }));
}

/**
 * usePlay plays a journey's text by a script. A play is a pure function of both: one
 * step back plays the shorter script, and a change of the text plays the same again.
 */
export function usePlay(id: string, text: string): Play {
  const [sample, setSample] = useState<Sample>();
  const [scripts, setScripts] = useState<Script[]>([{ acts: [] }]);
  const [result, setResult] = useState<Result>();
  const [complaint, setComplaint] = useState("");
  const [busy, setBusy] = useState(false);
  const turn = useRef(0);
  const script = scripts[scripts.length - 1] as Script;

  // The server plays one at a time for each of us: the next waits for the one before,
  // and is not played at all when another is wanted by then.
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const inTurn = (mine: number, wanted: Script): Promise<Result | undefined> => {
    const next = queue.current.then(() => (mine === turn.current ? played(id, text, sample, wanted) : undefined));
    queue.current = next.catch(() => undefined);
    return next;
  };

  useEffect(() => {
    const mine = ++turn.current;
    setBusy(true);
    const wait = setTimeout(async () => {
      try {
        const answer = await inTurn(mine, script);
        if (!answer || mine !== turn.current) return;
        setResult(answer);
        setComplaint("");
        if (!sample && answer.sample) setSample(answer.sample);
      } catch (e) {
        if (mine === turn.current) setComplaint(e instanceof Error ? e.message : String(e));
      } finally {
        if (mine === turn.current) setBusy(false);
      }
    }, 150);
    return () => clearTimeout(wait);
  }, [id, text, sample, script]);

  const waitUntil = async (reached: (now: Case, before: Case) => boolean) => {
    const before = result?.transcript[0];
    let next = before?.rest?.next_wake_at;
    if (!before || !next) return;
    const mine = ++turn.current;
    setBusy(true);
    try {
      let until = next;
      for (let n = 0; next && n < mostWakes; n++) {
        until = next;
        const answer: Result | undefined = await inTurn(mine, { ...script, until });
        if (!answer || mine !== turn.current) return;
        const now = answer.transcript[0];
        next = !now || now.difference || reached(now, before) ? null : now.rest?.next_wake_at;
      }
      setScripts((all) => [...all, { ...script, until }]);
    } catch (e) {
      if (mine === turn.current) setComplaint(e instanceof Error ? e.message : String(e));
    } finally {
      if (mine === turn.current) setBusy(false);
    }
  };
  const go = useCallback((next: Script) => setScripts((all) => [...all, next]), []);
  const stepBack = useCallback(() => setScripts((all) => (all.length > 1 ? all.slice(0, -1) : all)), []);
  const restart = useCallback((other?: Sample) => {
    setScripts([{ acts: [] }]);
    if (other) setSample(other);
  }, []);
  return {
    sample,
    script,
    played: result?.transcript[0],
    coverage: result?.coverage ?? nothing,
    mistakes: result?.diagnostics.filter((d) => d.severity === "error") ?? [],
    complaint,
    busy,
    canStepBack: scripts.length > 1,
    go,
    waitUntil,
    stepBack,
    restart,
  };
}
