import { Button, NativeSelect, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { useLanguage, useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { parseMoment, printMoment, sayMoment, type Moment } from "../moment";
import type { Named } from "../names";
import { words as written } from "../plain";
import { useDraft } from "../useDraft";
import { words } from "../words";
import { useNameOf } from "./useNameOf";
import { useProblem } from "./useProblem";

const unitWords = { minutes: "m", hours: "h", days: "d" } as const;

/** MomentInput is a moment as a sentence: so long before or after a date. */
export function MomentInput({ label, value, names, onChange }: { label: string; value: Moment; names: readonly Named[]; onChange: (m: Moment) => void }) {
  const t = useWords(words);
  const nameOf = useNameOf();
  const times = names.filter((n) => n.type === "time").map((n) => n.path);
  if (!times.includes(value.base)) times.unshift(value.base);
  const draft = useDraft(String(value.n), (n) => onChange({ ...value, n: Math.max(0, Math.trunc(Number(n))) || 0 }));
  return (
    <div className="form-row">
      {value.sign !== "" && (
        <>
          <TextInput className="small" type="number" min={0} aria-label={`${label}: ${t(unitWords[value.unit])}`} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />
          <NativeSelect className="small" aria-label={`${label}: ${t("unit")}`} value={value.unit} data={(["minutes", "hours", "days"] as const).map((u) => ({ value: u, label: t(unitWords[u]) }))} onChange={(e) => onChange({ ...value, unit: e.currentTarget.value as Moment["unit"] })} />
        </>
      )}
      <NativeSelect
        className="grow"
        aria-label={`${label}: ${t("moment_sign")}`}
        value={value.sign}
        data={[{ value: "", label: t("exactly") }, { value: "-", label: t("before") }, { value: "+", label: t("after") }]}
        onChange={(e) => onChange({ ...value, sign: e.currentTarget.value as Moment["sign"], n: value.n || 1 })}
      />
      <NativeSelect className="grow" aria-label={`${label}: ${t("moment_base")}`} value={value.base} data={times.map((p) => ({ value: p, label: nameOf(p) }))} onChange={(e) => onChange({ ...value, base: e.currentTarget.value })} />
    </div>
  );
}

/** MomentField edits an expression that is a moment, as a sentence or as code. */
export function MomentField({ label, path, names, hint }: { label: string; path: Path; names: readonly Named[]; hint?: string }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const nameOf = useNameOf();
  const form = useForm();
  const problem = useProblem(path);
  const value = written(form.get(path));
  const moment = value === "" ? { base: names.find((n) => n.type === "time")?.path ?? "now", sign: "" as const, n: 0, unit: "hours" as const } : parseMoment(value);
  const [asCode, setAsCode] = useState(false);
  const draft = useDraft(value, (v) => form.set(path, v.trim() === "" ? undefined : v));
  if (value === "" && !asCode) {
    return (
      <div>
        <Button variant="light" size="xs" onClick={() => moment && form.set(path, printMoment(moment))}>
          {t("add")}: {label}
        </Button>
        {problem && <Text size="xs" c="var(--mantine-color-error)">{problem}</Text>}
      </div>
    );
  }
  return (
    <fieldset>
      <legend>{label}</legend>
      {hint && <Text size="xs" c="dimmed">{hint}</Text>}
      {moment && !asCode ? (
        <>
          <Text size="sm">{sayMoment(value, language, nameOf)}</Text>
          <MomentInput label={label} value={moment} names={names} onChange={(m) => form.set(path, printMoment(m))} />
        </>
      ) : (
        <TextInput aria-label={label} description={moment ? undefined : t("in_code")} styles={{ input: { fontFamily: "monospace" } }} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />
      )}
      {problem && <Text size="xs" c="var(--mantine-color-error)">{problem}</Text>}
      <div className="form-row">
        <Button variant="subtle" size="compact-xs" onClick={() => setAsCode(!asCode)}>{asCode && moment ? t("sentence") : t("code")}</Button>
        <Button variant="subtle" size="compact-xs" color="red" onClick={() => form.set(path, undefined)}>{t("remove", { name: label })}</Button>
      </div>
    </fieldset>
  );
}
