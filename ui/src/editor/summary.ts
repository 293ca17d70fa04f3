import { caughtBy, fieldsOf, listOf, textOf, type Step } from "../document/steps";
import type { Plain } from "../document/types";
import type { LaneOutcome } from "./layout/lanes";
import type { Phrases } from "./phrases";
import { words, type Say, type Word } from "./words";

const channelNames: Record<string, string> = { whatsapp: "WhatsApp", sms: "SMS", email: "E-mail" };

export const channelTitle = (channel: string): string => channelNames[channel] ?? channel;

const channelsOf = (body: Plain): string[] => Object.keys(channelNames).filter((c) => fieldsOf(body)[c] !== undefined);

/** What a message says, in one line. */
function messageOf(body: Plain, t: Say): string {
  const channels = channelsOf(body);
  const message = fieldsOf(fieldsOf(body)[channels[0] ?? ""]);
  const names = channels.map((c) => channelNames[c]).join(", ");
  const template = message.template;
  const own = message.reaction === undefined ? textOf(message.text ?? message.subject) : textOf(message.reaction) ? t("sReaction", { emoji: textOf(message.reaction) }) : t("sNoReaction");
  const said = template === undefined ? own : textOf(template) ? t("sTemplate", { name: textOf(template) }) : t("sNoTemplate");
  return [names, said].filter(Boolean).join(" · ");
}

function waitOf(body: Plain, t: Say, say: Phrases): string {
  const wait = fieldsOf(body);
  if (wait.for !== undefined) return t("sWaitFor", { time: say.duration(textOf(wait.for)) });
  if (wait.until !== undefined) {
    const when = say.moment(textOf(wait.until));
    const offset = textOf(wait.offset);
    if (offset.startsWith("-")) return t("sBefore", { time: say.duration(offset), when });
    return offset ? t("sAfter", { time: say.duration(offset), when }) : t("sWaitUntil", { when });
  }
  if (wait.schedule !== undefined) return t("sSchedule", { name: textOf(wait.schedule) });
  return t("sEvents", { events: Object.keys(fieldsOf(wait.events)).join(", ") });
}

/** summary says in one plain line what a step does, and when it does nothing. */
export function summary(step: Step, t: Say, say: Phrases): string {
  return [step.condition && t("conditional", { condition: say.condition(step.condition) }), deedOf(step, t, say)].filter(Boolean).join(" · ");
}

function deedOf(step: Step, t: Say, say: Phrases): string {
  const body = fieldsOf(step.body);
  switch (step.verb) {
    case "send":
    case "ask":
      return messageOf(step.body, t);
    case "wait":
      return waitOf(step.body, t, say);
    case "switch":
      return listOf(step.body).map((c) => textOf(fieldsOf(c).case)).join(" · ");
    case "split":
      return Object.entries(body).filter(([k]) => k !== "seed").map(([k, v]) => `${k} ${textOf(v)}%`).join(" · ");
    case "parallel":
      return t(body.join === "first" ? "sFirst" : "sAll");
    case "repeat":
      return body.every === undefined ? t("sTimesOnly", { max: textOf(body.max) }) : t("sTimes", { max: textOf(body.max), every: say.duration(textOf(body.every)) });
    case "enroll":
      return textOf(body.journey) ? t("sJourney", { name: textOf(body.journey) }) : t("sNoJourney");
    case "call":
      return `${textOf(body.method)} ${textOf(body.url)}`.trim();
    case "handoff":
      return textOf(body.queue) ? t("sQueue", { queue: textOf(body.queue) }) : t("sNoQueue");
    case "set":
      return Object.entries(body).map(([k, v]) => `${k} = ${textOf(v)}`).join(" · ");
    case "update":
      return [...Object.keys(fieldsOf(body.fields)), ...(body.add_tags === undefined ? [] : [t("sTags", { tags: listOf(body.add_tags).map(textOf).join(", ") })])].join(" · ");
    case "emit":
      return textOf(body.event) || t("sNoEvent");
    case "goto":
      return !textOf(body.step) ? t("sNoStep") : t("sGoto", { step: say.step(textOf(body.step)), max: textOf(body.max) });
    case "exit":
      return t("sEnd", { name: textOf(step.body) });
    default:
      return "";
  }
}

/** outcomeName is how an outcome reads: an option's title, or a word of ours, or its id. */
export function outcomeName(step: Step, outcome: string, t: Say): string {
  const option = listOf(fieldsOf(step.body).options).map(fieldsOf).find((o) => textOf(o.id) === outcome);
  const title = textOf(option?.title);
  if (title) return title;
  const key = `o.${outcome}`;
  return key in words ? t(key as Word) : outcome.replaceAll("_", " ");
}

/** outcomesName names the outcomes of a lane; `otherwise` names what it catches. */
export function outcomesName(step: Step, outcomes: LaneOutcome[], t: Say): string {
  return outcomes.map((o) => laneName(step, o.name, t)).join(" · ");
}

export function laneName(step: Step, outcome: string, t: Say): string {
  if (outcome !== "otherwise") return outcomeName(step, outcome, t);
  const caught = caughtBy(step);
  return caught.length > 0 ? caught.map((o) => outcomeName(step, o, t)).join(", ") : t("o.otherwise");
}

/** stepTitle is a step's name, or else its id. */
export const stepTitle = (step: Step): string => step.name || step.id || "?";

/** How people enter, one line for each trigger. */
export function entries(root: Plain, t: Say): string[] {
  const triggers = listOf(fieldsOf(root).triggers).map(fieldsOf);
  return triggers.map((trigger) => {
    if (trigger.event !== undefined) return t("byEvent", { event: textOf(trigger.event) });
    if (trigger.inbound !== undefined) {
      const keywords = listOf(trigger.keywords).map(textOf).join(", ");
      return keywords ? t("byMessage", { words: keywords }) : t("byAnyMessage");
    }
    if (trigger.schedule !== undefined) return t("bySchedule", { segment: textOf(trigger.segment) });
    if (trigger.segment !== undefined) return t("bySegment", { segment: textOf(trigger.segment) });
    return t(trigger.called === undefined ? "byApi" : "byJourney");
  });
}

/** Goals and exits, as the chips of the entry's card. */
export function chipsOf(root: Plain, t: Say): { text: string; goal: boolean }[] {
  const top = fieldsOf(root);
  const what = (item: Plain): string => {
    const rule = fieldsOf(item);
    return textOf(rule.event) || textOf(rule.when) || (rule.failure === undefined ? textOf(rule.id) : t("exitFails"));
  };
  return [
    ...listOf(top.goals).map((g) => ({ text: t("goalChip", { what: what(g) }), goal: true })),
    ...listOf(top.exits).map((e) => ({ text: t("exitChip", { what: what(e) }), goal: false })),
  ];
}
