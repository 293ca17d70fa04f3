import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";

import { useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { writtenAs, type Named } from "../names";
import { words as written } from "../plain";
import { useDraft } from "../useDraft";
import { words } from "../words";
import { useNameOf } from "./useNameOf";
import { useProblem } from "./useProblem";

interface Props {
  label: string;
  path: Path;
  hint?: ReactNode;
  names: readonly Named[];
  area?: boolean;
  /** Keep the key when the text is empty. */
  required?: boolean;
  rows?: number;
  /** Whoever brought the field up is about to write in it. */
  autoFocus?: boolean;
}

/** ContentField is a text with {{ }}; fields are put in at the cursor. */
export function ContentField({ label, path, hint, names, area, required, rows = 3, autoFocus }: Props) {
  const form = useForm();
  const problem = useProblem(path);
  const value = form.get(path);
  const draft = useDraft(written(value), (v) => form.set(path, v === "" && !required ? undefined : v));
  const box = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const insert = (text: string) => {
    const el = box.current;
    const from = el?.selectionStart ?? draft.text.length;
    draft.type(draft.text.slice(0, from) + text + draft.text.slice(el?.selectionEnd ?? from));
    requestAnimationFrame(() => {
      el?.focus();
      el?.setSelectionRange(from + text.length, from + text.length);
    });
  };
  useEffect(() => {
    if (autoFocus) box.current?.focus();
  }, [autoFocus]);
  const common = { ref: box, label, description: hint, error: problem, value: draft.text, onBlur: draft.flush };
  return (
    <div>
      {area ? <Textarea {...common} rows={rows} onChange={(e) => draft.type(e.currentTarget.value)} /> : <TextInput {...common} onChange={(e) => draft.type(e.currentTarget.value)} />}
      <InsertField label={label} names={names} onInsert={insert} />
    </div>
  );
}

function InsertField({ label, names, onInsert }: { label: string; names: readonly Named[]; onInsert: (text: string) => void }) {
  const t = useWords(words);
  const nameOf = useNameOf();
  const fits = names.filter((n) => n.type !== "bool" && n.type !== "list" && n.path !== "now");
  if (fits.length === 0) return null;
  return (
    <NativeSelect
      size="xs"
      mt={4}
      variant="unstyled"
      aria-label={t("insert_into", { label })}
      value=""
      data={[{ value: "", label: `+ ${t("insert_field")}` }, ...fits.map((n) => ({ value: n.path, label: nameOf(n.path) }))]}
      onChange={(e) => {
        const chosen = fits.find((n) => n.path === e.currentTarget.value);
        if (chosen) onInsert(writtenAs(chosen));
      }}
    />
  );
}
