import { NativeSelect, Switch, TextInput } from "@mantine/core";

import { useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { list, words as written } from "../plain";
import { useDraft } from "../useDraft";
import { words } from "../words";
import { useProblem } from "./useProblem";

interface Props {
  label: string;
  path: Path;
  hint?: string;
}

/** LabelField is a text without expressions; `rename` is the one that F2 leads to. */
export function LabelField({ label, path, hint, required, rename }: Props & { required?: boolean; rename?: boolean }) {
  const form = useForm();
  const problem = useProblem(path);
  const draft = useDraft(written(form.get(path)), (v) => form.set(path, v === "" && !required ? undefined : v));
  return <TextInput data-rename={rename} label={label} description={hint} error={problem} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />;
}

/** CountField is a whole number. */
export function CountField({ label, path, hint, min, max, placeholder }: Props & { min: number; max: number; placeholder?: string }) {
  const form = useForm();
  const problem = useProblem(path);
  const draft = useDraft(written(form.get(path)), (v) => form.set(path, v === "" ? undefined : Number(v)));
  return (
    <TextInput type="number" min={min} max={max} label={label} description={hint} error={problem} placeholder={placeholder} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />
  );
}

/** A choice of a select: its value and what it is called. */
export type Choice = readonly [value: string, label: string];

/** ChoiceField is one of a few values; "" takes the key away. What stands there and is
 * none of them is shown all the same. */
export function ChoiceField({ label, path, hint, choices, empty, onChoose }: Props & { choices: readonly Choice[]; empty?: string; onChoose?: (value: string) => void }) {
  const form = useForm();
  const problem = useProblem(path);
  const value = written(form.get(path));
  const known = choices.some(([v]) => v === value);
  const data = [...(empty !== undefined || value === "" ? [{ value: "", label: empty ?? "—" }] : []), ...choices.map(([v, l]) => ({ value: v, label: l })), ...(known || value === "" ? [] : [{ value, label: value }])];
  const choose = (v: string) => (onChoose ? onChoose(v) : form.set(path, v === "" ? undefined : v));
  return <NativeSelect label={label} description={hint} error={problem} value={value} data={data} onChange={(e) => choose(e.currentTarget.value)} />;
}

/** SwitchField is yes or no; no takes the key away, unless it must be written. */
export function SwitchField({ label, path, hint, written: always }: Props & { written?: boolean }) {
  const form = useForm();
  return <Switch label={label} description={hint} error={useProblem(path)} checked={form.get(path) === true} onChange={(e) => form.set(path, e.currentTarget.checked ? true : always ? false : undefined)} />;
}

/** WordsField is a list of words. */
export function WordsField({ label, path, hint }: Props) {
  const t = useWords(words);
  const form = useForm();
  const problem = useProblem(path);
  const value = list(form.get(path)).map(written).join(", ");
  const draft = useDraft(value, (v) => {
    const all = v.split(",").map((w) => w.trim()).filter((w) => w !== "");
    if (all.length === 0) form.set(path, undefined);
    else form.put(path, all);
  });
  return <TextInput label={label} description={hint ?? t("commas")} error={problem} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />;
}
