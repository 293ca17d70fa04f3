import { Switch } from "@mantine/core";

import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { PairsField } from "../fields/PairsField";
import { WordsField } from "../fields/Plain";
import { list, mapping } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function UpdateForm({ step, path, names }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  const at = [...path, "opt_out"];
  const out = list(mapping(step.body).opt_out);
  const writable = (form.schema?.contact ?? []).filter((f) => f.path !== "id" && f.type !== "list" && !f.path.startsWith("opt_in.")).map((f) => f.path.split(".")[0] as string);
  const toggle = (channel: string, on: boolean) => {
    const next = on ? [...out, channel] : out.filter((c) => c !== channel);
    if (next.length === 0) form.set(at, undefined);
    else form.put(at, next);
  };
  return (
    <>
      <PairsField label={t("fields")} path={[...path, "fields"]} names={names} keys={[...new Set(writable)]} closed={writable.length > 0} />
      <WordsField label={t("add_tags")} path={[...path, "add_tags"]} />
      <WordsField label={t("remove_tags")} path={[...path, "remove_tags"]} />
      <fieldset>
        <legend>{t("opt_out")}</legend>
        {form.schema?.channels.map((c) => (
          <Switch key={c.channel} label={c.title} checked={out.includes(c.channel)} onChange={(e) => toggle(c.channel, e.currentTarget.checked)} />
        ))}
      </fieldset>
    </>
  );
}
