import { ActionIcon, Button, NativeSelect, TextInput } from "@mantine/core";
import { Trash2 } from "lucide-react";
import { useState } from "react";

import { useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import type { Named } from "../names";
import { mapping } from "../plain";
import { words } from "../words";
import { ContentField } from "./ContentField";

interface Props {
  label: string;
  path: Path;
  names: readonly Named[];
  /** The keys that are wanted, when they are known. */
  keys?: readonly string[];
  /** No other keys than those. */
  closed?: boolean;
}

/** PairsField is a list of names with their contents. */
export function PairsField({ label, path, names, keys = [], closed }: Props) {
  const t = useWords(words);
  const form = useForm();
  const pairs = mapping(form.get(path));
  const free = keys.filter((k) => !Object.hasOwn(pairs, k));
  const [key, setKey] = useState("");
  const add = (name: string) => {
    if (name === "" || Object.hasOwn(pairs, name)) return;
    form.put([...path, name], "");
    setKey("");
  };
  return (
    <fieldset>
      <legend>{label}</legend>
      {Object.keys(pairs).map((name) => (
        <div className="form-row" key={name}>
          <div className="grow">
            {pairs[name] !== null && typeof pairs[name] === "object" ? <TextInput label={name} readOnly value={t("in_code")} /> : <ContentField label={name} path={[...path, name]} names={names} required />}
          </div>
          <ActionIcon variant="subtle" color="red" aria-label={t("remove", { name })} onClick={() => form.set(Object.keys(pairs).length === 1 ? path : [...path, name], undefined)}>
            <Trash2 size={16} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {free.length > 0 ? (
        <NativeSelect aria-label={t("add_to", { label })} value="" data={[{ value: "", label: `+ ${t("add")}` }, ...free.map((k) => ({ value: k, label: k }))]} onChange={(e) => add(e.currentTarget.value)} />
      ) : (
        !closed && (
          <div className="form-row">
            <TextInput className="grow" aria-label={`${label}: ${t("key")}`} placeholder={t("key")} value={key} onChange={(e) => setKey(e.currentTarget.value)} onKeyDown={(e) => e.key === "Enter" && add(key.trim())} />
            <Button variant="light" size="sm" onClick={() => add(key.trim())}>{t("add")}</Button>
          </div>
        )
      )}
    </fieldset>
  );
}
