import { Button, Group, Text } from "@mantine/core";

import { useWords } from "../../../app/language";
import { setYaml } from "../../../document/edits";
import { caughtBy, normalOf, outcomesOf, type Step } from "../../../document/steps";
import { useForm } from "../context";
import { useProblem } from "../fields/useProblem";
import { fieldOf } from "../problems";
import { options } from "../message/routes";
import { words } from "./words";

/** Outcomes says what happens after each outcome of a step, and makes branches. */
export function Outcomes({ step }: { step: Step }) {
  const t = useWords(words);
  const form = useForm();
  const at = [...step.path, "branches"];
  const problem = useProblem(at) ?? form.diagnostics.find((d) => d.step_id === step.id && fieldOf(d) === "branches")?.message;
  const normal = normalOf(step);
  const all = [...new Set([...(normal === "" ? [] : [normal]), ...outcomesOf(step), ...step.branches.map((b) => b.outcome)])].filter((o) => o !== "otherwise");
  if (all.length === 0 || step.verb === "parallel" || step.verb === "exit") return null;
  const rest = step.branches.find((b) => b.outcome === "otherwise");
  const titles = new Map(options(step.body).map((o) => [o.id, o.title]));
  const nameOf = (o: string) => titles.get(o) ?? (`o_${o}` in words ? t(`o_${o}` as "o_timeout") : o);
  const make = (outcome: string) => form.change(t("add_branch", { name: nameOf(outcome) }), (text) => setYaml(text, [...at, outcome], "[]"));
  return (
    <fieldset>
      <legend>{t("outcomes")}</legend>
      {problem && <Text size="xs" c="var(--mantine-color-error)">{problem}</Text>}
      {all.map((o) => {
        const branch = step.branches.find((b) => b.outcome === o);
        return (
          <Group key={o} gap="xs" wrap="nowrap" justify="space-between">
            <Text size="sm"><b>{nameOf(o)}</b>: {branch ? t("steps_there", { n: branch.steps }) : rest && o !== normal ? t("in_otherwise") : t("goes_on")}</Text>
            {!branch && <Button variant="subtle" size="compact-xs" aria-label={t("add_branch", { name: nameOf(o) })} onClick={() => make(o)}>+</Button>}
          </Group>
        );
      })}
      {rest && <Text size="sm">{t("otherwise", { names: caughtBy(step).map(nameOf).join(", ") })}: {t("steps_there", { n: rest.steps })}</Text>}
    </fieldset>
  );
}
