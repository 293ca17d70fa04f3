import { NativeSelect, TextInput } from "@mantine/core";

import { useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { parseDuration, printDuration, units, type Unit } from "../duration";
import { words as written } from "../plain";
import { useDraft } from "../useDraft";
import { words } from "../words";
import { useProblem } from "./useProblem";

interface Props {
  label: string;
  path: Path;
  hint?: string;
  placeholder?: string;
  /** What a fresh number is counted in. */
  unit?: Unit;
  /** Written in front: what is before a date is -24h. */
  sign?: "-" | "";
}

/** DurationField is a number and its unit; 1h30m stays the text it is. */
export function DurationField({ label, path, hint, placeholder, unit = "h", sign = "" }: Props) {
  const t = useWords(words);
  const form = useForm();
  const problem = useProblem(path);
  const value = written(form.get(path));
  const parsed = parseDuration(value);
  const chosen = parsed?.unit ?? unit;
  const commit = (text: string) => form.set(path, text === "" ? undefined : sign + (/^[0-9]+$/.test(text) ? printDuration({ n: Number(text), unit: chosen }) : text));
  const draft = useDraft(parsed ? String(Math.abs(parsed.n)) : value.replace(/^-/, ""), commit);
  const single = value === "" || parsed !== undefined;
  return (
    <div className="form-row">
      <TextInput className="grow" label={label} description={hint} error={problem} placeholder={placeholder} inputMode={single ? "numeric" : "text"} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />
      {single && (
        <NativeSelect
          className="small"
          aria-label={`${t("unit")}: ${label}`}
          value={chosen}
          data={units.map((u) => ({ value: u, label: t(u) }))}
          onChange={(e) => form.set(path, sign + printDuration({ n: Math.abs(parsed?.n ?? 1), unit: e.currentTarget.value as Unit }))}
        />
      )}
    </div>
  );
}
