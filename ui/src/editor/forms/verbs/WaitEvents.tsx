import { Button, NativeSelect } from "@mantine/core";
import { Plus } from "lucide-react";

import { useWords } from "../../../app/language";
import type { Step } from "../../../document/steps";
import type { Path } from "../../../document/types";
import { ConditionField } from "../condition/ConditionField";
import { useForm } from "../context";
import { ChoiceField } from "../fields/Plain";
import { OutcomeField } from "../NameField";
import { fold, mapping, words as written } from "../plain";
import { words } from "./words";

const kinds = ["event", "reply", "window"] as const;
type Kind = (typeof kinds)[number];

/** WaitEvents are the things a wait listens for; each is an outcome. */
export function WaitEvents({ step, path }: { step: Step; path: Path }) {
  const t = useWords(words);
  const form = useForm();
  const events = mapping(form.get(path));
  const names = Object.keys(events);
  const channel = form.schema?.channels[0]?.channel ?? "whatsapp";
  const add = () => form.put([...path, fold(t("new_event"), names)], { reply: channel });
  return (
    <>
      {names.map((name, i) => (
        <WaitEvent key={i} nth={i} step={step} name={name} path={[...path, name]} only={names.length === 1} />
      ))}
      <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>{t("add_event")}</Button>
    </>
  );
}

function WaitEvent({ step, nth, name, path, only }: { step: Step; nth: number; name: string; path: Path; only: boolean }) {
  const t = useWords(words);
  const form = useForm();
  const value = mapping(form.get(path));
  const kind = kinds.find((k) => value[k] !== undefined);
  const channels = form.schema?.channels ?? [];
  const known = Object.keys(form.schema?.events ?? {});
  const begin: Record<Kind, { [key: string]: string }> = { event: { event: known[0] ?? "" }, reply: { reply: channels[0]?.channel ?? "whatsapp" }, window: { window: "opened" } };
  return (
    <fieldset>
      <legend>{t("event_outcome", { name })}</legend>
      <OutcomeField label={t("event_name", { n: nth + 1 })} step={step.path} path={path} outcome={name} />
      <NativeSelect label={t("event_kind")} value={kind ?? ""} data={kinds.map((k) => ({ value: k, label: t(`kind_${k}`) }))} onChange={(e) => form.put(path, begin[e.currentTarget.value as Kind])} />
      {kind === "event" && (
        <>
          <ChoiceField label={t("event")} path={[...path, "event"]} choices={known.map((e) => [e, e] as const)} />
          <ConditionField label={t("where")} empty={t("any_event")} path={[...path, "where"]} names={form.names(step, written(value.event))} />
        </>
      )}
      {kind === "reply" && <ChoiceField label={t("reply")} path={[...path, "reply"]} choices={channels.map((c) => [c.channel, c.title] as const)} />}
      {kind === "window" && <ChoiceField label={t("window")} path={[...path, "window"]} choices={[["opened", t("opened")], ["closed", t("closed")]]} />}
      {!only && <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set(path, undefined)}>{t("remove", { name })}</Button>}
    </fieldset>
  );
}
