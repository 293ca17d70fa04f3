import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { ContentField } from "../fields/ContentField";
import { DurationField } from "../fields/DurationField";
import { PairsField } from "../fields/PairsField";
import { ChoiceField } from "../fields/Plain";
import { mapping, words as written } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function EnrollForm({ step, path, names }: VerbProps) {
  const t = useWords(words);
  const journeys = useForm().schema?.journeys ?? [];
  const chosen = journeys.find((j) => j.id === written(mapping(step.body).journey));
  // An object is one input, whatever fields it has.
  const inputs = [...new Set((chosen?.inputs ?? []).map((f) => f.path.split(".")[0] as string))];
  return (
    <>
      <ChoiceField label={t("journey")} path={[...path, "journey"]} choices={journeys.map((j) => [j.id, j.id] as const)} {...(journeys.length === 0 ? { hint: t("no_journeys") } : {})} />
      <PairsField label={t("inputs")} path={[...path, "inputs"]} names={names} keys={inputs} closed={chosen !== undefined} />
      <ContentField label={t("contact")} path={[...path, "contact"]} names={names} />
      <DurationField label={t("enroll_timeout")} path={[...path, "timeout"]} unit="d" />
    </>
  );
}
