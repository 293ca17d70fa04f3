import { Button, Group, Text } from "@mantine/core";
import { AlertTriangle, OctagonX } from "lucide-react";
import { useId, useState } from "react";

import { useWords } from "../../app/language";
import { Explanation, usePage } from "../explain/Explanation";
import { useForm, type Diagnostic } from "./context";
import { fixed } from "./fix";
import { words } from "./words";

/** Problems are what the checker says of a step, each with its remedy. */
export function Problems({ list }: { list: readonly Diagnostic[] }) {
  const t = useWords(words);
  if (list.length === 0) return null;
  return (
    <div role="status" aria-label={t("problems", { n: list.length })}>
      {list.map((d) => (
        <Problem key={`${d.code}/${d.line}/${d.column}`} of={d} />
      ))}
    </div>
  );
}

function Problem({ of: d }: { of: Diagnostic }) {
  const t = useWords(words);
  const form = useForm();
  const [why, setWhy] = useState(false);
  const id = useId();
  const fix = d.fix ?? [];
  const Icon = d.severity === "error" ? OctagonX : AlertTriangle;
  return (
    <div className="form-problem" data-severity={d.severity}>
      <Text size="sm">
        <Icon size={14} aria-hidden /> <b>{t(d.severity)}:</b> {[d.message, d.suggestion].filter(Boolean).join(": ")}
      </Text>
      {d.note && <Text size="xs">{d.note}</Text>}
      {d.hint && <Text size="xs" c="dimmed">{d.hint}</Text>}
      <Group gap={4}>
        {fix.length > 0 && <Button size="compact-xs" variant="light" disabled={!form.fresh} onClick={() => form.change(t("fix"), (text) => fixed(text, fix))}>{t("fix")}</Button>}
        <Button size="compact-xs" variant="subtle" aria-expanded={why} aria-controls={id} onClick={() => setWhy(!why)}>{t(why ? "hide" : "why")}</Button>
      </Group>
      <div id={id}>{why && <Why code={d.code} />}</div>
    </div>
  );
}

function Why({ code }: { code: string }) {
  const { data } = usePage(code);
  return (
    <>
      <Text size="sm" fw={600}>{code}: {data?.title}</Text>
      <Explanation code={code} />
    </>
  );
}
