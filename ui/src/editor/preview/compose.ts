import type { Schemas } from "../../api/client";
import type { Language } from "../../app/language";
import { options, type Route } from "../forms/message/routes";
import { mapping, words, type Mapping } from "../forms/plain";
import type { Plain } from "../../document/types";
import { fill, type Sample } from "./fill";
import type { Message } from "./limits";

/** What a translation has for a place: its text, or undefined. */
export type Translate = (place: string) => string | undefined;

/**
 * translator finds the texts of a language in `translations:`. Their keys are the
 * step's id and where the text stands: `confirm.sms.text`, `confirm.options.confirmed`.
 */
export function translator(root: Plain, locale: string): Translate {
  const texts = mapping(mapping(mapping(root).translations)[locale]);
  return (place) => (Object.hasOwn(texts, place) ? words(texts[place]) : undefined);
}

/** composed is a route's message as the sample contact would get it. */
export function composed(route: Route, body: Plain, stepId: string, templates: readonly Schemas["Template"][], sample: Sample, language: Language, translate: Translate, locale: string): Message {
  const m = route.message;
  const of = (key: string) => translate(`${stepId}.${route.place}.${key}`) ?? words(m[key]);
  const said = (key: string) => fill(of(key), sample, language);
  const named = templates.filter((t) => t.channel === route.channel && t.name === words(m.template));
  const template = named.find((t) => t.language.replace("_", "-") === locale) ?? named[0];
  const answers = options(body);
  let first = ""; // of the section: translations call it by that answer
  const sections = answers.map((o, i) => {
    if (o.section !== answers[i - 1]?.section) first = o.id;
    return fill(translate(`${stepId}.sections.${first}`) ?? o.section, sample, language);
  });
  const choices = answers.map((o) => fill(translate(`${stepId}.options.${o.id}`) ?? o.title, sample, language));
  const media = Object.entries(mapping(m.media))[0];
  if (m.template !== undefined) {
    const params = Object.fromEntries(Object.entries(mapping(m.params)).map(([k, v]) => [k, words(v)]));
    const whole = (text: string) => fill(text, sample, language, params);
    return {
      channel: route.channel,
      template: words(m.template),
      text: whole(template?.body || template?.markdown || ""),
      ...(template?.subject ? { subject: whole(template.subject) } : {}),
      options: template && template.buttons.length > 0 ? template.buttons : choices,
      fromTemplate: (template?.buttons.length ?? 0) > 0 || choices.length === 0,
    };
  }
  return {
    channel: route.channel,
    text: said("text") || said("markdown"),
    ...(m.subject !== undefined ? { subject: said("subject") } : {}),
    ...(m.reaction !== undefined ? { reaction: said("reaction") } : {}),
    ...(m.footer !== undefined ? { footer: said("footer") } : {}),
    ...(media ? { media: { kind: media[0], url: fill(words(media[1]), sample, language) } } : {}),
    options: choices,
    ...(answers.length > 0 && sections.every((s) => s !== "") ? { sections } : {}),
    fromTemplate: false,
  };
}

export const locales = (root: Plain): string[] => Object.keys(mapping((mapping(root) as Mapping).translations));
