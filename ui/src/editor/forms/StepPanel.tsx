import { Tabs, Text, Title } from "@mantine/core";
import { Suspense } from "react";

import { useWords } from "../../app/language";
import { later } from "../../app/later";
import type { Step } from "../../document/steps";
import { ConditionField } from "./condition/ConditionField";
import { useForm } from "./context";
import { LabelField } from "./fields/Plain";
import { IdField } from "./NameField";
import { Problems } from "./Problems";
import { StepYaml } from "./StepYaml";
import { VerbHelp } from "./VerbHelp";
import { verbForms } from "./verbs/forms";
import { Outcomes } from "./verbs/Outcomes";
import { lookOf } from "../kinds";
import { words as editorWords } from "../words";
import { words } from "./words";

const Phone = later(() => import("../preview/Phone"));

export function StepPanel({ step }: { step: Step }) {
  const t = useWords(words);
  const word = useWords(editorWords);
  const form = useForm();
  const Form = verbForms[step.verb];
  const named = word(lookOf(step.verb).word);
  const names = form.names(step);
  const problems = form.diagnostics.filter((d) => d.step_id === step.id && step.id !== "");
  return (
    <>
      <div className="form-head">
        <Title order={2} size="h4">{named}</Title>
        {Form && <VerbHelp verb={step.verb} named={named} />}
      </div>
      <Tabs defaultValue="step" keepMounted={false}>
        <Tabs.List aria-label={t("views")}>
          <Tabs.Tab value="step">{t("tab_step")}</Tabs.Tab>
          <Tabs.Tab value="yaml">{t("tab_yaml")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="step">
          <div className="form-fields">
            <Problems list={problems} />
            <LabelField rename label={t("name")} path={[...step.path, "name"]} />
            <IdField step={step} />
            {Form ? <Form step={step} path={[...step.path, step.verb]} names={names} /> : <Text c="dimmed">{t("no_verb")}</Text>}
            {(step.verb === "send" || step.verb === "ask") && (
              <Suspense fallback={<Text size="sm">{t("loading")}</Text>}>
                <Phone step={step} />
              </Suspense>
            )}
            <Outcomes step={step} />
            <ConditionField label={t("only_if")} path={[...step.path, "if"]} names={names} />
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="yaml">
          <StepYaml step={step} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
