import "./styles";

import { Text } from "@mantine/core";
import { useMemo } from "react";

import { useWords } from "../../app/language";
import { pathKey } from "../../document/steps";
import { useDocument } from "../../document/store";
import type { Path } from "../../document/types";
import { FormProvider, useForm, type FormSource } from "./context";
import { JourneyPanel } from "./journey/JourneyPanel";
import { StepPanel } from "./StepPanel";
import { words } from "./words";

const none: never[] = [];

/** Inspector edits what stands at a path: a step, or with an empty path the journey's card. */
export function Inspector({ path }: { path: Path }) {
  const text = useDocument((d) => d.text);
  const apply = useDocument((d) => d.apply);
  const checked = useDocument((d) => d.checked);
  const checkedText = useDocument((d) => d.checkedText);
  const source = useMemo(
    (): FormSource => ({ text, apply, fresh: checkedText === text, diagnostics: checked?.diagnostics ?? none, windows: checked?.windows ?? none }),
    [apply, checked, checkedText, text],
  );
  return (
    <FormProvider source={source}>
      <Panel path={path} />
    </FormProvider>
  );
}

/** Panel is the inspector over any source of text: see context. */
export function Panel({ path }: { path: Path }) {
  const t = useWords(words);
  const form = useForm();
  const step = form.steps.find((s) => pathKey(s.path) === pathKey(path));
  if (!form.reading.ok) return <Text role="status">{t("unreadable", { line: form.reading.line })}</Text>;
  return <div className="form-panel">{step ? <StepPanel key={pathKey(step.path)} step={step} /> : path.length === 0 ? <JourneyPanel /> : <Text c="dimmed">{t("no_step")}</Text>}</div>;
}
