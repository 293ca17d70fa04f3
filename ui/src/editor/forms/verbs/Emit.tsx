import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { PairsField } from "../fields/PairsField";
import { ChoiceField } from "../fields/Plain";
import { mapping, words as written } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function EmitForm({ step, path, names }: VerbProps) {
  const t = useWords(words);
  const events = useForm().schema?.events ?? {};
  const fields = events[written(mapping(step.body).event)];
  const keys = [...new Set((fields ?? []).map((f) => f.path.split(".")[0] as string))];
  return (
    <>
      <ChoiceField label={t("event")} path={[...path, "event"]} choices={Object.keys(events).map((e) => [e, e] as const)} />
      <PairsField label={t("data")} path={[...path, "data"]} names={names} keys={keys} closed={fields !== undefined} />
    </>
  );
}
