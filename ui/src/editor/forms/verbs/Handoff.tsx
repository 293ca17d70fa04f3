import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { ContentField } from "../fields/ContentField";
import { DurationField } from "../fields/DurationField";
import { ChoiceField } from "../fields/Plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function HandoffForm({ path, names }: VerbProps) {
  const t = useWords(words);
  const queues = useForm().schema?.queues ?? [];
  return (
    <>
      <ChoiceField label={t("queue")} path={[...path, "queue"]} choices={queues.map((q) => [q, q] as const)} {...(queues.length === 0 ? { hint: t("no_queues") } : {})} />
      <ContentField label={t("note")} path={[...path, "note"]} names={names} area />
      <ChoiceField label={t("priority")} path={[...path, "priority"]} empty={t("normal")} choices={[["low", t("low")], ["high", t("high")]]} />
      <DurationField label={t("handoff_timeout")} path={[...path, "timeout"]} />
    </>
  );
}
