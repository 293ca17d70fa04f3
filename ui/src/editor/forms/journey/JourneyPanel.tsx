import { Text, Title } from "@mantine/core";

import { useWords } from "../../../app/language";
import { ConditionField } from "../condition/ConditionField";
import { useForm } from "../context";
import { PairsField } from "../fields/PairsField";
import { ChoiceField, LabelField, WordsField } from "../fields/Plain";
import { mapping } from "../plain";
import { Problems } from "../Problems";
import { DeliveryForm } from "./DeliveryForm";
import { Interrupts } from "./Interrupts";
import { Triggers } from "./Triggers";
import { words } from "./words";

const categories = ["utility", "marketing", "authentication", "service"] as const;

/** JourneyPanel is the card at the top: who enters, when messages may go, how it ends. */
export function JourneyPanel() {
  const t = useWords(words);
  const form = useForm();
  const inputs = mapping(form.get(["inputs"]));
  const nested = Object.values(inputs).some((v) => v !== null && typeof v === "object");
  const names = form.names();
  const entering = names.filter((n) => !n.path.startsWith("steps."));
  return (
    <>
      <Title order={2} size="h4">{t("title")}</Title>
      <div className="form-fields">
        <Problems list={form.diagnostics.filter((d) => !d.step_id)} />
        <LabelField label={t("name")} path={["name"]} />
        <LabelField label={t("description")} path={["description"]} />
        <ChoiceField label={t("category")} path={["category"]} choices={categories.map((c) => [c, t(c)] as const)} />
        <LabelField label={t("timezone")} path={["timezone"]} required />
        <Triggers />
        <ConditionField label={t("audience")} empty={t("audience_all")} path={["audience"]} names={entering} />
        <fieldset>
          <legend>{t("entry")}</legend>
          <ChoiceField label={t("overlap")} path={["entry", "overlap"]} empty={t("skip")} choices={[["replace", t("replace")], ["allow", t("allow")]]} />
          <LabelField label={t("reentry")} path={["entry", "reentry"]} />
          <LabelField label={t("entry_key")} path={["entry", "key"]} />
        </fieldset>
        {nested ? (
          <fieldset>
            <legend>{t("inputs")}</legend>
            {Object.entries(inputs).map(([name, v]) => (
              <Text size="sm" key={name}><code>{name}</code>{typeof v === "string" ? `: ${v}` : ""}</Text>
            ))}
            <Text size="xs" c="dimmed">{t("inputs_code")}</Text>
          </fieldset>
        ) : (
          <PairsField label={t("inputs")} path={["inputs"]} names={[]} />
        )}
        <PairsField label={t("vars")} path={["vars"]} names={[]} />
        <DeliveryForm />
        <Interrupts kind="goals" />
        <Interrupts kind="exits" />
        <LabelField label={t("locale")} path={["locale"]} />
        <ChoiceField label={t("clock")} path={["clock"]} empty={t("clock_journey")} choices={[["contact", t("clock_contact")]]} />
        <LabelField label={t("owner")} path={["owner"]} />
        <WordsField label={t("tags")} path={["tags"]} />
      </div>
    </>
  );
}
