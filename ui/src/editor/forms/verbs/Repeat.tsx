import { useWords } from "../../../app/language";
import { ConditionField } from "../condition/ConditionField";
import { useForm } from "../context";
import { DurationField } from "../fields/DurationField";
import { CountField } from "../fields/Plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function RepeatForm({ step, path }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  const names = [...form.names(step), { path: "loop.index", type: "int" as const }];
  return (
    <>
      <CountField label={t("max")} path={[...path, "max"]} min={1} max={1000} />
      <DurationField label={t("every")} path={[...path, "every"]} unit="d" />
      <ConditionField label={t("until")} empty={t("until_none")} path={[...path, "until"]} names={names} />
    </>
  );
}
