import { Button, Text } from "@mantine/core";

import { useWords } from "../../../app/language";
import { setYaml } from "../../../document/edits";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { ContentField } from "../fields/ContentField";
import { useNameOf } from "../fields/useNameOf";
import { useProblem } from "../fields/useProblem";
import type { Named } from "../names";
import { flow, mapping, words as written } from "../plain";
import { answersOf, bringsAnswers, valuesFor } from "./convert";
import { TemplatePicker } from "./TemplatePicker";
import { words } from "./words";

/** TemplateForm is a template and the values of its parameters; path is that of
 * the mapping that has both. */
export function TemplateForm({ label, path, channel, names }: { label: string; path: Path; channel: string; names: readonly Named[] }) {
  const t = useWords(words);
  const form = useForm();
  const message = mapping(form.get(path));
  const name = written(message.template);
  const params = mapping(message.params);
  const template = form.templates.find((x) => x.channel === channel && x.name === name);
  const wanted = template?.params ?? Object.keys(params);
  const all = [...wanted, ...Object.keys(params).filter((p) => !wanted.includes(p))];
  const missing = wanted.some((p) => params[p] === undefined || params[p] === "");
  // The template that asks a question brings its answers: its buttons.
  const step = path.at(-2) === "ask" ? path.slice(0, -2) : undefined;
  const question = step && mapping(form.get([...step, "ask"]));
  const pick = (x: (typeof form.templates)[number]) => {
    const branches = mapping(form.get([...(step ?? []), "branches"]));
    const brings = step && bringsAnswers(x.buttons, question, branches);
    const message = { template: x.name, ...(x.params.length > 0 ? { params: valuesFor(x, names, params) } : {}) };
    form.change(label, (text) => setYaml(text, path, flow(message)), ...(brings ? answersOf(x.buttons, question, branches, step) : []));
  };
  return (
    <>
      <TemplatePicker
        label={label}
        channel={channel}
        value={name}
        problem={useProblem([...path, "template"])}
        onPick={pick}
      />
      {all.length > 0 && (
        <fieldset>
          <legend>{t("params")}</legend>
          {all.map((p) => (
            <ContentField key={p} label={p} path={[...path, "params", p]} names={names} required hint={<Meaning value={written(params[p])} />} />
          ))}
          {template && missing && <Button variant="light" size="compact-sm" onClick={() => form.put([...path, "params"], valuesFor(template, names, params))}>{t("fill_params")}</Button>}
        </fieldset>
      )}
    </>
  );
}

/** Meaning says in words what a value of one expression is. */
function Meaning({ value }: { value: string }) {
  const t = useWords(words);
  const nameOf = useNameOf();
  const path = /^\{\{ ?(?:format\()?([a-z_][\w.?]*)(?:, ?['"][^'"]*['"]\))? ?\}\}$/.exec(value)?.[1];
  return path === undefined ? null : <Text component="span" size="xs">{t("param_hint", { name: nameOf(path) })}</Text>;
}
