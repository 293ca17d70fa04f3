import { Button, Text, Textarea } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../app/language";
import { insertStep, removeStep, stepYaml } from "../../document/edits";
import type { Step } from "../../document/steps";
import { useForm } from "./context";
import { words } from "./words";

/** StepYaml is the step as text. Nothing changes until it is applied. */
export function StepYaml({ step }: { step: Step }) {
  const t = useWords(words);
  const form = useForm();
  const now = dedented(stepYaml(form.text, step.path) ?? "");
  const [typed, setTyped] = useState<string>();
  const text = typed ?? now;
  const apply = () => {
    const { list, index } = step;
    // The new one goes in first: a list that becomes empty in between could lose its place.
    const done = form.change(t("tab_yaml"), (whole) => insertStep(whole, { list, index }, text), (whole) => removeStep(whole, [...list, index + 1]));
    if (done) setTyped(undefined);
  };
  return (
    <div className="form-fields">
      <Textarea label={t("yaml_label")} description={t("yaml_hint")} rows={Math.min(24, text.split("\n").length + 2)} spellCheck={false} styles={{ input: { fontFamily: "monospace", whiteSpace: "pre", overflowX: "auto" } }} value={text} onChange={(e) => setTyped(e.currentTarget.value)} />
      <div className="form-row">
        <Button size="xs" disabled={typed === undefined || typed === now} onClick={apply}>{t("apply")}</Button>
        <Button size="xs" variant="subtle" disabled={typed === undefined} onClick={() => setTyped(undefined)}>{t("revert")}</Button>
      </div>
      {form.diagnostics.filter((d) => d.step_id === step.id && step.id !== "").map((d) => (
        <Text key={`${d.code}/${d.line}/${d.column}`} size="xs" c={d.severity === "error" ? "var(--mantine-color-error)" : "dimmed"}>{t("line", { n: d.line })}: {d.message}</Text>
      ))}
    </div>
  );
}

/** dedented takes away the indentation that every line has. */
export function dedented(text: string): string {
  const lines = text.replace(/\r\n/g, "\n").split("\n");
  const depth = Math.min(...lines.filter((l) => l.trim() !== "").map((l) => /^ */.exec(l)?.[0].length ?? 0));
  return Number.isFinite(depth) ? lines.map((l) => l.slice(depth)).join("\n").replace(/\n+$/, "\n") : "";
}
