import { Button, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../../app/language";
import { setYaml } from "../../../document/edits";
import { useForm } from "../context";
import { ChoiceField } from "../fields/Plain";
import { OutcomeField } from "../NameField";
import { fold } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function ParallelForm({ step, path }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  const [name, setName] = useState("");
  const add = () => {
    if (name.trim() === "") return;
    const id = fold(name, step.branches.map((b) => b.outcome));
    form.change(t("add_lane"), (text) => setYaml(text, [...step.path, "branches", id], "[]"));
    setName("");
  };
  return (
    <>
      <ChoiceField label={t("join")} path={[...path, "join"]} choices={[["all", t("join_all")], ["first", t("join_first")]]} />
      <fieldset>
        <legend>{t("lanes")}</legend>
        {step.branches.map((b, i) => (
          <div key={i}>
            <OutcomeField label={t("lane_name", { n: i + 1 })} step={step.path} path={b.list} outcome={b.outcome} />
            <Text size="xs" c="dimmed">{t("steps_there", { n: b.steps })}</Text>
          </div>
        ))}
        <div className="form-row">
          <TextInput className="grow" label={t("new_lane")} value={name} onChange={(e) => setName(e.currentTarget.value)} onKeyDown={(e) => e.key === "Enter" && add()} />
          <Button variant="light" size="sm" onClick={add}>{t("add_lane")}</Button>
        </div>
      </fieldset>
    </>
  );
}
