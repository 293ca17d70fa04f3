import "./preview.css";

import { NativeSelect, SegmentedControl, Text } from "@mantine/core";
import { useMemo, useState } from "react";

import { useLanguage, useWords } from "../../app/language";
import type { Step } from "../../document/steps";
import { useForm } from "../forms/context";
import { routes } from "../forms/message/routes";
import { mapping, words as written } from "../forms/plain";
import { Bubbles } from "./Bubbles";
import { composed, locales, translator } from "./compose";
import { Counters } from "./Counters";
import { measured } from "./limits";
import { Reaction } from "./Reaction";
import { sampleContacts, sampleOf, type SampleContact } from "./samples";
import { WindowStrip } from "./WindowStrip";
import { words } from "./words";

/** Phone shows a step's message as a sample contact would see it, with the channel's limits. */
export default function Phone({ step }: { step: Step }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const form = useForm();
  const { schema, root } = form;
  const [nth, setNth] = useState(0);
  const [dark, setDark] = useState(false);
  const [who, setWho] = useState<SampleContact>("usual");
  const original = written(mapping(root).locale) || "pt-BR";
  const [locale, setLocale] = useState(original);
  const now = useMemo(() => new Date(), []);
  if (!schema) return null;
  const all = routes(step.body, [...step.path, step.verb], schema.channels.map((c) => c.channel));
  const route = all[nth] ?? all[0];
  const channel = schema.channels.find((c) => c.channel === route?.channel);
  if (!route || !channel) return null;
  const others = locales(root);
  const translate = translator(root, locale);
  const reader = locale.startsWith("en") ? "en" : "pt-BR";
  const message = composed(route, step.body, step.id, form.templates, sampleOf(who, schema, root, language, now), reader, locale === original ? () => undefined : translate, locale);
  const result = measured(message, channel, schema.sms);
  const window = form.windows.find((w) => w.step_id === step.id && w.route === route.nth && w.channel === channel.channel);
  const title = (i: number) => schema.channels.find((c) => c.channel === all[i]?.channel)?.title ?? "";
  return (
    <fieldset>
      <legend>{t("title")}</legend>
      {all.length > 1 && <SegmentedControl size="xs" aria-label={t("channel")} value={String(route.nth)} data={all.map((r, i) => ({ value: String(r.nth), label: title(i) }))} onChange={(v) => setNth(all.findIndex((r) => String(r.nth) === v))} />}
      <div className="form-row">
        <NativeSelect className="grow" size="xs" label={t("sample")} value={who} data={sampleContacts.map((s) => ({ value: s, label: t(s) }))} onChange={(e) => setWho(e.currentTarget.value as SampleContact)} />
        <NativeSelect className="grow" size="xs" label={t("theme")} value={dark ? "dark" : "light"} data={(["light", "dark"] as const).map((v) => ({ value: v, label: t(v) }))} onChange={(e) => setDark(e.currentTarget.value === "dark")} />
        {others.length > 0 && <NativeSelect className="grow" size="xs" label={t("locale")} value={locale} data={[{ value: original, label: t("original", { locale: original }) }, ...others]} onChange={(e) => setLocale(e.currentTarget.value)} />}
      </div>
      <div className="phone" data-channel={channel.channel} data-theme={dark ? "dark" : "light"}>
        <div className="phone-head">{schema.workspace || channel.title}</div>
        <div className="phone-page">
          {message.reaction === undefined ? <Bubbles message={message} channel={channel} measured={result} /> : <Reaction emoji={message.reaction} heard={window?.open ?? true} />}
        </div>
      </div>
      {result.shape === "list" && <Text size="xs">{message.options.length > channel.buttons ? t("as_list", { n: channel.buttons }) : t("as_sections")}</Text>}
      {result.shape === "numbered" && <Text size="xs">{t("as_lines")}</Text>}
      <WindowStrip window={window} />
      <Counters measured={result} />
    </fieldset>
  );
}
