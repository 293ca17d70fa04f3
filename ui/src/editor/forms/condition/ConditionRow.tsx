import { NativeSelect, TextInput } from "@mantine/core";

import { useWords } from "../../../app/language";
import { MomentInput } from "../fields/MomentField";
import { useNameOf } from "../fields/useNameOf";
import { parseMoment, printMoment } from "../moment";
import type { Named } from "../names";
import { useDraft } from "../useDraft";
import { textOf, type Row, type Value } from "./condition";
import { fitting, fresh, operatorOf, rowOf, valueOf, type Operator } from "./operators";
import { words } from "./words";

interface Props {
  n: number;
  row: Row;
  names: readonly Named[];
  onChange: (r: Row) => void;
}

/** ConditionRow is one test: field, operator, value. */
export function ConditionRow({ n, row, names, onChange }: Props) {
  const t = useWords(words);
  const nameOf = useNameOf();
  const plain = row.field.replaceAll("?.", ".");
  const field: Named = { ...(names.find((x) => x.path === plain) ?? { type: "any" as const }), path: row.field };
  const now = operatorOf(row);
  const offered = fitting(field.type, field.choices !== undefined);
  const paths = names.map((x) => x.path);
  const choose = (path: string) => {
    const next = names.find((x) => x.path === path);
    if (next) onChange(fitting(next.type, next.choices !== undefined).includes(now) ? rowOf(next, now, next.type === field.type ? valueOf(row) : undefined) : fresh(next));
  };
  return (
    <>
      <NativeSelect
        className="grow"
        aria-label={t("field", { n })}
        value={plain}
        data={[...(paths.includes(plain) ? [] : [{ value: plain, label: row.field }]), ...names.map((x) => ({ value: x.path, label: nameOf(x.path) }))]}
        onChange={(e) => choose(e.currentTarget.value)}
      />
      <NativeSelect
        className="grow"
        aria-label={t("operator", { n })}
        value={now}
        data={(offered.includes(now) ? offered : [now, ...offered]).map((o) => ({ value: o, label: t(o) }))}
        onChange={(e) => onChange(rowOf(field, e.currentTarget.value as Operator, valueOf(row)))}
      />
      <RowValue n={n} row={row} field={field} names={names} onChange={onChange} />
    </>
  );
}

function RowValue({ n, row, field, names, onChange }: Props & { field: Named }) {
  const t = useWords(words);
  const label = t("value", { n });
  if (row.kind === "is" || row.kind === "has") return null;
  if (row.kind === "oneOf") {
    const quote = row.values[0]?.quote ?? '"';
    return <Typed label={label} hint={t("list_hint")} value={row.values.map((v) => v.text).join(", ")} onChange={(v) => onChange({ ...row, values: (v.trim() === "" ? [""] : v.split(",").map((x) => x.trim())).map((text) => ({ kind: "text", text, quote })) })} />;
  }
  const { value } = row;
  const give = (v: Value) => {
    if (row.kind === "compare") onChange({ ...row, value: v });
    else if (v.kind === "text") onChange({ ...row, value: v });
  };
  if (value.kind === "moment") {
    const moment = parseMoment(value.raw);
    return moment ? <MomentInput label={label} value={moment} names={names} onChange={(m) => give({ kind: "moment", raw: printMoment(m) })} /> : null;
  }
  if (value.kind === "text") {
    if (field.choices) {
      const choices = field.choices.includes(value.text) ? field.choices : [value.text, ...field.choices];
      return <NativeSelect className="grow" aria-label={label} value={value.text} data={choices} onChange={(e) => give({ ...value, text: e.currentTarget.value })} />;
    }
    return <Typed label={label} value={value.text} onChange={(text) => give({ ...textOf(text), quote: value.quote })} />;
  }
  if (value.raw === "true" || value.raw === "false" || value.raw === "nil") return <NativeSelect className="small" aria-label={label} value={value.raw} data={["true", "false", "nil"]} onChange={(e) => give({ kind: "plain", raw: e.currentTarget.value })} />;
  return <Typed label={label} number value={value.raw} onChange={(raw) => /^-?[0-9]+(?:\.[0-9]+)?$/.test(raw) && give({ kind: "plain", raw })} />;
}

function Typed({ label, hint, number, value, onChange }: { label: string; hint?: string; number?: boolean; value: string; onChange: (v: string) => void }) {
  const draft = useDraft(value, onChange);
  return <TextInput className="grow" aria-label={label} placeholder={hint} type={number ? "number" : "text"} step="any" value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />;
}
