import { useWords } from "../app/language";
import { fieldsOf, listOf, textOf, walk } from "../document/steps";
import type { Plain } from "../document/types";
import { localTime, nextMinute } from "./script";
import type { Play } from "./usePlay";
import { words } from "./words";

interface Known {
  event: string;
  where: string;
}

/** heard lists the events that a journey waits for, ends by, or aims at. */
export function heard(root: Plain): Known[] {
  const top = fieldsOf(root);
  const found = new Map<string, Known>();
  const note = (value: Plain | undefined) => {
    const fields = fieldsOf(value);
    const event = textOf(fields.event);
    if (event && !found.has(event)) found.set(event, { event, where: textOf(fields.where) });
  };
  for (const list of [top.exits, top.goals]) listOf(list).forEach(note);
  for (const step of walk(root)) if (step.verb === "wait") Object.values(fieldsOf(fieldsOf(step.body).events)).forEach(note);
  return [...found.values()];
}

/** dataOf fills what an event is compared by with the same values that the person entered with. */
export function dataOf(where: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [, name] of where.matchAll(/event\.([a-z_][a-z0-9_]*)/g)) if (name && inputs[name] !== undefined) data[name] = inputs[name];
  return data;
}

/** Events are what else may happen: in other systems, and at the desk. */
export function Events({ play, root, zone }: { play: Play; root: Plain; zone: string }) {
  const t = useWords(words);
  const rest = play.played?.rest;
  const sample = play.sample;
  if (!rest || !sample) return null;
  const at = localTime(nextMinute(rest.at), zone);
  const acts = play.script.acts;
  const desks = rest.steps.filter((s) => s.waiting === "handoff");
  const events = heard(root);
  if (events.length + desks.length === 0) return null;
  return (
    <div className="play-events">
      <h2>{t("events")}</h2>
      {desks.map((s) => (
        <button key={s.step_id} type="button" className="text-button" onClick={() => play.go({ acts: [...acts, { at, finish: "resolved", step: s.step_id }] })}>
          {t("finishAs", { outcome: "resolved" })}
        </button>
      ))}
      {events.map((e) => (
        <button key={e.event} type="button" className="text-button" onClick={() => play.go({ acts: [...acts, { at, event: e.event, data: dataOf(e.where, sample.inputs) }] })}>
          {t("happens", { event: e.event })}
        </button>
      ))}
    </div>
  );
}
