import { TextInput } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../app/language";
import { renameOutcome, renameStep } from "../../document/edits";
import { normalOf, outcomesOf, type Step } from "../../document/steps";
import type { Edit, Path } from "../../document/types";
import { useForm } from "./context";
import { useProblem } from "./fields/useProblem";
import { words } from "./words";

const pattern = /^[a-z][a-z0-9_]{0,47}$/;

interface Props {
  label: string;
  hint?: string;
  /** Where the name stands, for what the checker says of it. */
  path: Path;
  value: string;
  /** Why a name that is right as such may not be had; undefined when it may. */
  taken: (name: string) => string | undefined;
  rename: (text: string, name: string) => Edit;
}

/** NameField renames on leaving the field: half a name would rename every reference. */
function NameField({ label, hint, path, value, taken, rename }: Props) {
  const t = useWords(words);
  const form = useForm();
  const problem = useProblem(path);
  const [typed, setTyped] = useState<string>();
  const name = typed ?? value;
  const complaint = typed === undefined || typed === value ? undefined : pattern.test(name) ? taken(name) : t("id_bad");
  const commit = () => {
    if (typed !== undefined && typed !== value && !complaint) form.change(label, (text) => rename(text, typed));
    setTyped(undefined);
  };
  return <TextInput label={label} description={hint} error={complaint ?? problem} spellCheck={false} value={name} onChange={(e) => setTyped(e.currentTarget.value)} onBlur={commit} onKeyDown={(e) => e.key === "Enter" && commit()} />;
}

/** IdField is a step's id. */
export function IdField({ step }: { step: Step }) {
  const t = useWords(words);
  const form = useForm();
  const taken = (id: string) => (form.steps.some((s) => s.id === id && s.path !== step.path) ? t("id_taken") : undefined);
  return <NameField label={t("id")} hint={t("id_hint")} path={[...step.path, "id"]} value={step.id} taken={taken} rename={(text, id) => renameStep(text, step.path, id)} />;
}

/** OutcomeField is what an answer, a case, a variant, an event or a lane is called in branches and conditions. */
export function OutcomeField({ label, step, path, outcome }: { label: string; step: Path; path: Path; outcome: string }) {
  const t = useWords(words);
  const form = useForm();
  const taken = (name: string) => {
    const owner = form.steps.find((s) => s.path.join("/") === step.join("/"));
    const others = owner ? [normalOf(owner), ...outcomesOf(owner), ...owner.branches.map((b) => b.outcome), "otherwise", "seed"] : [];
    return others.includes(name) ? t("outcome_taken") : undefined;
  };
  return <NameField label={label} path={path} value={outcome} taken={taken} rename={(text, name) => renameOutcome(text, step, outcome, name)} />;
}
