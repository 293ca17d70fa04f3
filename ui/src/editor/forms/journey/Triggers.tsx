import { Button, NativeSelect } from "@mantine/core";
import { Plus } from "lucide-react";

import { useWords } from "../../../app/language";
import { insertStep, setYaml } from "../../../document/edits";
import type { Path, Plain } from "../../../document/types";
import { ConditionField } from "../condition/ConditionField";
import { useForm } from "../context";
import { PairsField } from "../fields/PairsField";
import { ChoiceField, LabelField, WordsField } from "../fields/Plain";
import { flow, list, mapping, words as written } from "../plain";
import { words } from "./words";

const kinds = ["event", "inbound", "schedule", "segment", "api", "called"] as const;
type Kind = (typeof kinds)[number];

export function Triggers() {
  const t = useWords(words);
  const form = useForm();
  const all = list(form.get(["triggers"]));
  const add = () =>
    form.change(t("add_trigger"), (text) => (all.length === 0 ? setYaml(text, ["triggers"], "[{api: true}]") : insertStep(text, { list: ["triggers"], index: all.length }, "{api: true}")));
  return (
    <fieldset>
      <legend>{t("triggers")}</legend>
      {all.map((v, i) => (
        <Trigger key={i} nth={i} value={v} only={all.length === 1} />
      ))}
      <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>{t("add_trigger")}</Button>
    </fieldset>
  );
}

function Trigger({ nth, value, only }: { nth: number; value: Plain; only: boolean }) {
  const t = useWords(words);
  const form = useForm();
  const path: Path = ["triggers", nth];
  const now = mapping(value);
  const kind = kinds.find((k) => now[k] !== undefined);
  const events = Object.keys(form.schema?.events ?? {});
  const segments = (form.schema?.segments ?? []).map((s) => [s, s] as const);
  const begin: Record<Kind, Plain> = {
    event: { event: events[0] ?? "" },
    inbound: { inbound: form.schema?.channels[0]?.channel ?? "whatsapp" },
    segment: { segment: segments[0]?.[0] ?? "" },
    schedule: { schedule: { cron: "0 9 * * mon" }, segment: segments[0]?.[0] ?? "" },
    api: { api: true },
    called: { called: true },
  };
  const names = form.names(undefined, written(now.event));
  return (
    <fieldset>
      <legend>{t("trigger", { n: nth + 1 })}</legend>
      <NativeSelect label={t("trigger_kind")} value={kind ?? ""} data={[...(kind ? [] : [{ value: "", label: "—" }]), ...kinds.map((k) => ({ value: k, label: t(`k_${k}`) }))]} onChange={(e) => e.currentTarget.value !== "" && form.put(path, begin[e.currentTarget.value as Kind])} />
      {kind === "event" && (
        <>
          <ChoiceField label={t("event")} path={[...path, "event"]} choices={events.map((e) => [e, e] as const)} />
          <ConditionField label={t("where")} empty={t("any_event")} path={[...path, "where"]} names={names.filter((n) => n.path.startsWith("event.") || n.path.startsWith("contact."))} />
        </>
      )}
      {kind === "inbound" && (
        <>
          <ChoiceField label={t("channel")} path={[...path, "inbound"]} choices={(form.schema?.channels ?? []).map((c) => [c.channel, c.title] as const)} />
          <WordsField label={t("keywords")} path={[...path, "keywords"]} />
        </>
      )}
      {kind === "schedule" && <ScheduleFields path={[...path, "schedule"]} />}
      {(kind === "segment" || kind === "schedule") && (
        <>
          <ChoiceField label={t("segment")} path={[...path, "segment"]} choices={segments} />
          <LabelField label={t("rate")} path={[...path, "rate"]} />
        </>
      )}
      {kind && kind !== "api" && kind !== "called" && <PairsField label={t("with")} path={[...path, "with"]} names={names.filter((n) => !n.path.startsWith("steps."))} keys={Object.keys(mapping(form.get(["inputs"])))} closed />}
      {!only && <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set(path, undefined)}>{t("remove", { name: t("trigger", { n: nth + 1 }) })}</Button>}
    </fieldset>
  );
}

function ScheduleFields({ path }: { path: Path }) {
  const t = useWords(words);
  const form = useForm();
  const once = mapping(form.get(path)).at !== undefined;
  return (
    <>
      <NativeSelect
        label={t("how_often")}
        value={once ? "at" : "cron"}
        data={[{ value: "at", label: t("once") }, { value: "cron", label: t("often") }]}
        onChange={(e) => form.change(t("how_often"), (text) => setYaml(text, path, flow(e.currentTarget.value === "at" ? { at: `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T09:00` } : { cron: "0 9 * * mon" })))}
      />
      <LabelField label={t(once ? "at" : "cron")} path={[...path, once ? "at" : "cron"]} required />
    </>
  );
}
