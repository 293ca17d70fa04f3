import { ActionIcon, Button, NativeSelect, Text, Textarea } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useState } from "react";

import { useLanguage, useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { useNameOf } from "../fields/useNameOf";
import { useProblem } from "../fields/useProblem";
import type { Named } from "../names";
import { words as written } from "../plain";
import { useDraft } from "../useDraft";
import { parse, print, type Condition, type Row } from "./condition";
import { ConditionRow } from "./ConditionRow";
import { fresh } from "./operators";
import { sayCondition } from "./say";
import { words } from "./words";

interface Props {
  label: string;
  path: Path;
  names: readonly Named[];
  /** What holds when there is no condition: "always". */
  empty?: string;
  hint?: string;
}

/** ConditionField edits a condition in rows. One that cannot be drawn stays code, and
 * is never rewritten unless somebody types in it. */
export function ConditionField({ label, path, names, empty, hint }: Props) {
  const t = useWords(words);
  const form = useForm();
  const nameOf = useNameOf();
  const { language } = useLanguage();
  const problem = useProblem(path);
  const [asCode, setAsCode] = useState(false);
  const source = written(form.get(path));
  const condition = parse(source);
  const draft = useDraft(source, (v) => form.set(path, v.trim() === "" ? undefined : v));
  const write = (c: Condition) => form.set(path, c.rows.length === 0 ? undefined : print(c));
  const begin = () => {
    const first = names.find((n) => n.type === "bool") ?? names[0];
    if (first) write({ join: "and", rows: [fresh(first)] });
    else setAsCode(true);
  };
  return (
    <fieldset>
      <legend>{label}</legend>
      {hint && <Text size="xs" c="dimmed">{hint}</Text>}
      {source !== "" && condition && !asCode && <Text size="sm">{sayCondition(source, t, nameOf, language)}</Text>}
      {source === "" && !asCode && <Text size="sm" c="dimmed">{empty ?? t("always")}</Text>}
      {source !== "" && !condition && !asCode && (
        <>
          <Text size="sm" c="dimmed">{t("in_code")}</Text>
          <code>{source}</code>
        </>
      )}
      {condition && !asCode && <Rows condition={condition} names={names} write={write} />}
      {asCode && <Textarea aria-label={label} autosize={false} rows={3} styles={{ input: { fontFamily: "monospace" } }} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />}
      {problem && <Text size="xs" c="var(--mantine-color-error)">{problem}</Text>}
      <div className="form-row">
        {source === "" && !asCode && <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={begin}>{t("add")}</Button>}
        <Button variant="subtle" size="compact-xs" onClick={() => setAsCode(!asCode)}>{t(asCode ? "rows" : "code")}</Button>
        {source !== "" && <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set(path, undefined)}>{t("clear")}</Button>}
      </div>
    </fieldset>
  );
}

function Rows({ condition, names, write }: { condition: Condition; names: readonly Named[]; write: (c: Condition) => void }) {
  const t = useWords(words);
  const { rows } = condition;
  const replace = (i: number, r: Row) => write({ ...condition, rows: rows.map((old, n) => (n === i ? r : old)) });
  const any = condition.join === "or" || condition.join === "||";
  return (
    <>
      {rows.length > 1 && (
        <NativeSelect size="xs" aria-label={t("join")} value={any ? "or" : "and"} data={[{ value: "and", label: t("and") }, { value: "or", label: t("or") }]} onChange={(e) => write({ ...condition, join: e.currentTarget.value as "and" | "or" })} />
      )}
      {rows.map((r, i) => (
        <div className="form-row" key={i}>
          <ConditionRow n={i + 1} row={r} names={names} onChange={(next) => replace(i, next)} />
          <ActionIcon variant="subtle" color="red" aria-label={t("remove_row", { n: i + 1 })} onClick={() => write({ ...condition, rows: rows.filter((_, n) => n !== i) })}>
            <X size={16} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      <Button variant="subtle" size="compact-xs" leftSection={<Plus size={14} aria-hidden />} onClick={() => names[0] && write({ ...condition, rows: [...rows, fresh(names.find((n) => n.type === "bool") ?? names[0])] })}>
        {t("add_row")}
      </Button>
    </>
  );
}
