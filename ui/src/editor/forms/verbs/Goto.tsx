import { useWords } from "../../../app/language";
import type { Step } from "../../../document/steps";
import { useForm } from "../context";
import { ChoiceField, CountField } from "../fields/Plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

/** reachable are the steps a jump may lead to: those of its own list, and of the lists around it. */
export function reachable(step: Step, steps: readonly Step[]): Step[] {
  return steps.filter((s) => s.id !== step.id && s.list.every((part, i) => step.list[i] === part));
}

export function GotoForm({ step, path }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  return (
    <>
      <ChoiceField label={t("target")} path={[...path, "step"]} choices={reachable(step, form.steps).map((s) => [s.id, s.name === "" ? s.id : `${s.name} (${s.id})`] as const)} />
      <CountField label={t("goto_max")} path={[...path, "max"]} min={1} max={1000} />
    </>
  );
}
