import { Button, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { CountField, LabelField } from "../fields/Plain";
import { OutcomeField } from "../NameField";
import { fold, mapping } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function SplitForm({ step, path }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  const body = mapping(step.body);
  const variants = Object.keys(body).filter((k) => k !== "seed");
  const sum = variants.reduce((n, k) => n + (typeof body[k] === "number" ? body[k] : 0), 0);
  const [name, setName] = useState("");
  const add = () => {
    if (name.trim() === "") return;
    form.put([...path, fold(name, variants)], Math.max(0, 100 - sum));
    setName("");
  };
  return (
    <>
      {variants.map((v, i) => (
        <div className="form-row" key={i}>
          <div className="grow">
            <OutcomeField label={t("variant_name", { n: i + 1 })} step={step.path} path={[...path, v]} outcome={v} />
          </div>
          <div className="grow">
            <CountField label={t("variant", { name: v })} path={[...path, v]} min={0} max={100} />
          </div>
          {variants.length > 1 && <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set([...path, v], undefined)}>{t("remove", { name: v })}</Button>}
        </div>
      ))}
      <Text size="sm" role="status" c={sum === 100 ? "dimmed" : "var(--mantine-color-error)"}>{t(sum === 100 ? "sum" : "sum_bad", { n: sum })}</Text>
      <div className="form-row">
        <TextInput className="grow" label={t("new_variant")} value={name} onChange={(e) => setName(e.currentTarget.value)} onKeyDown={(e) => e.key === "Enter" && add()} />
        <Button variant="light" size="sm" onClick={add}>{t("add_variant")}</Button>
      </div>
      <LabelField label={t("seed")} path={[...path, "seed"]} />
    </>
  );
}
