import { Button, NativeSelect } from "@mantine/core";
import { Plus } from "lucide-react";

import { useWords } from "../../../app/language";
import { insertStep, setValue, setYaml } from "../../../document/edits";
import type { Path } from "../../../document/types";
import { ConditionField } from "../condition/ConditionField";
import { useForm } from "../context";
import { ChoiceField, LabelField, SwitchField } from "../fields/Plain";
import { flow, fold, list, mapping, words as written } from "../plain";
import { words } from "./words";

/** Interrupts are the goals or the exits: what ends a journey from outside. */
export function Interrupts({ kind }: { kind: "goals" | "exits" }) {
  const t = useWords(words);
  const form = useForm();
  const all = list(form.get([kind])).map(mapping);
  const event = Object.keys(form.schema?.events ?? {})[0] ?? "";
  const goal = kind === "goals";
  const add = () => {
    const id = fold(t(goal ? "new_goal" : "new_exit"), all.map((i) => written(i.id)));
    const item = flow({ id, event, ...(goal ? { exit: true } : {}) });
    form.change(t(goal ? "add_goal" : "add_exit"), (text) => (all.length === 0 ? setYaml(text, [kind], `[${item}]`) : insertStep(text, { list: [kind], index: all.length }, item)));
  };
  return (
    <fieldset>
      <legend>{t(kind)}</legend>
      {all.map((i, n) => (
        <Interrupt key={`${written(i.id)}/${n}`} path={[kind, n]} goal={goal} only={all.length === 1} />
      ))}
      <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>{t(goal ? "add_goal" : "add_exit")}</Button>
    </fieldset>
  );
}

function Interrupt({ path, goal, only }: { path: Path; goal: boolean; only: boolean }) {
  const t = useWords(words);
  const form = useForm();
  const value = mapping(form.get(path));
  const events = Object.keys(form.schema?.events ?? {});
  const by = value.failure !== undefined ? "failure" : value.when !== undefined ? "when" : "event";
  const kinds = goal ? (["event", "when"] as const) : (["event", "when", "failure"] as const);
  const choose = (next: string) => {
    const begin = next === "event" ? flow(events[0] ?? "") : next === "when" ? "contact.opt_in.whatsapp" : "true";
    form.change(
      t("interrupt_kind"),
      (text) => setYaml(text, [...path, next], begin),
      ...["event", "where", "when", "failure", "steps"].filter((k) => k !== next && value[k] !== undefined).map((k) => (text: string) => setValue(text, [...path, k], undefined)),
    );
  };
  return (
    <fieldset>
      <legend>{written(value.id)}</legend>
      <LabelField label={t("interrupt_id")} path={[...path, "id"]} required />
      <NativeSelect label={t("interrupt_kind")} value={by} data={kinds.map((k) => ({ value: k, label: t(`by_${k}`) }))} onChange={(e) => choose(e.currentTarget.value)} />
      {by === "event" && (
        <>
          <ChoiceField label={t("event")} path={[...path, "event"]} choices={events.map((e) => [e, e] as const)} />
          <ConditionField label={t("where")} empty={t("any_event")} path={[...path, "where"]} names={form.names(undefined, written(value.event)).filter((n) => !n.path.startsWith("steps."))} />
        </>
      )}
      {by === "when" && <ConditionField label={t("when")} empty={t("when_none")} path={[...path, "when"]} names={form.names().filter((n) => !n.path.startsWith("steps."))} />}
      {goal && <SwitchField label={t("exit")} path={[...path, "exit"]} written />}
      <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set(only ? path.slice(0, 1) : path, undefined)}>{t("remove", { name: written(value.id) })}</Button>
    </fieldset>
  );
}
