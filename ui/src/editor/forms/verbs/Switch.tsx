import { Button } from "@mantine/core";
import { Plus } from "lucide-react";

import { useWords } from "../../../app/language";
import { insertStep } from "../../../document/edits";
import { ConditionField } from "../condition/ConditionField";
import { useForm } from "../context";
import { OutcomeField } from "../NameField";
import { flow, fold, list, mapping, words as written } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function SwitchForm({ step, path, names }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  const cases = list(step.body).map(mapping);
  const add = () => {
    const id = fold(t("new_case"), cases.map((c) => written(c.case)));
    const last = cases.at(-1);
    const index = last && last.when === undefined ? cases.length - 1 : cases.length; // the rest stays last
    form.change(t("add_case"), (text) => insertStep(text, { list: path, index }, flow({ case: id, when: names.find((n) => n.type === "bool")?.path ?? "true" })));
  };
  return (
    <>
      {cases.map((c, i) => (
        <fieldset key={i}>
          <legend>{t("case", { n: i + 1 })}</legend>
          <OutcomeField label={t("case_name", { n: i + 1 })} step={step.path} path={[...path, i, "case"]} outcome={written(c.case)} />
          <ConditionField label={t("case_when")} empty={t("case_rest")} path={[...path, i, "when"]} names={names} />
          {cases.length > 1 && <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set([...path, i], undefined)}>{t("remove", { name: written(c.case) })}</Button>}
        </fieldset>
      ))}
      <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>{t("add_case")}</Button>
    </>
  );
}
