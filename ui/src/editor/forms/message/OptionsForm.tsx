import { ActionIcon, Alert, Button, Group, Text, TextInput } from "@mantine/core";
import { ArrowUp, Plus, Trash2 } from "lucide-react";

import { useWords } from "../../../app/language";
import { insertStep, moveStep, setYaml } from "../../../document/edits";
import type { Path } from "../../../document/types";
import { lengthOf, shapeOf } from "../../preview/limits";
import { useForm } from "../context";
import { OutcomeField } from "../NameField";
import { LabelField, WordsField } from "../fields/Plain";
import { useProblem } from "../fields/useProblem";
import { flow, fold, mapping, words as written } from "../plain";
import { useDraft } from "../useDraft";
import { answersOf, optionPlain } from "./convert";
import { options as optionsOf, routes, type Option } from "./routes";
import { words } from "./words";

/** OptionsForm edits the answers to choose from; path is that of `ask`, step that of its step. */
export function OptionsForm({ path, step }: { path: Path; step: Path }) {
  const t = useWords(words);
  const form = useForm();
  const body = form.get(path);
  const at = [...path, "options"];
  const all = optionsOf(body);
  const first = routes(body, path, form.schema?.channels.map((c) => c.channel) ?? [])[0];
  const channel = form.schema?.channels.find((c) => c.channel === first?.channel);
  const template = form.templates.find((x) => x.channel === first?.channel && x.name === written(first?.message.template));
  const shape = channel ? shapeOf(channel, all.length, template !== undefined, all.some((o) => o.section !== "")) : "none";
  const most = shape === "list" ? channel?.list_title : template ? channel?.template_button : channel?.button_title;
  const add = () => {
    const title = t("new_option");
    const option = flow(optionPlain({ id: fold(title, all.map((o) => o.id)), title, section: all.at(-1)?.section ?? "", match: [] }));
    form.change(t("add_option"), (text) => (all.length === 0 ? setYaml(text, at, `[${option}]`) : insertStep(text, { list: at, index: all.length }, option)));
  };
  const buttons = template?.buttons ?? [];
  const useButtons = () => form.change(t("use_buttons"), ...answersOf(buttons, body, mapping(form.get([...step, "branches"])), step));
  const differ = buttons.length > 0 && buttons.join("\n") !== all.map((o) => o.title).join("\n");
  return (
    <fieldset>
      <legend>{t("options")}</legend>
      {differ && (
        <Alert variant="light" color="blue" p="xs">
          <Text size="sm">{t("from_buttons", { buttons: buttons.join(", ") })}</Text>
          <Button mt={4} size="compact-sm" onClick={useButtons}>{t("use_buttons")}</Button>
        </Alert>
      )}
      {all.map((o, i) => (
        <OptionRow key={i} option={o} nth={i} path={[...at, i]} step={step} most={most ?? 0} sectionMost={channel?.section_title ?? 0} only={all.length === 1} onUp={() => form.change(t("options"), (text) => moveStep(text, [...at, i], { list: at, index: i - 1 }))} />
      ))}
      {shape === "list" && channel && <Text size="xs">{all.length > channel.buttons ? t("shown_list", { n: channel.buttons, channel: channel.title }) : t("shown_sections", { channel: channel.title })}</Text>}
      {shape === "numbered" && channel && <Text size="xs">{t("shown_lines", { channel: channel.title })}</Text>}
      <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>{t("add_option")}</Button>
    </fieldset>
  );
}

interface RowProps {
  option: Option;
  nth: number;
  path: Path;
  step: Path;
  most: number;
  /** Characters of a section's title; 0 where the first channel's lists have none. */
  sectionMost: number;
  only: boolean;
  onUp: () => void;
}

function OptionRow({ option, nth, path, step, most, sectionMost, only, onUp }: RowProps) {
  const t = useWords(words);
  const form = useForm();
  const problem = useProblem([...path, "title"]);
  const draft = useDraft(option.title, (v) => form.set([...path, "title"], v));
  const length = lengthOf(draft.text);
  return (
    <div>
      <div className="form-row">
        <TextInput className="grow" label={t("option_title", { n: nth + 1 })} description={most > 0 ? `${length}/${most}` : undefined} error={problem ?? (most > 0 && length > most)} value={draft.text} onChange={(e) => draft.type(e.currentTarget.value)} onBlur={draft.flush} />
        <Group gap={2} wrap="nowrap">
          <ActionIcon variant="subtle" aria-label={t("up_option", { title: option.title })} disabled={nth === 0} onClick={onUp}>
            <ArrowUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" aria-label={t("remove_option", { title: option.title })} disabled={only} onClick={() => form.set(path, undefined)}>
            <Trash2 size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </div>
      <details>
        <summary>{t("option_more", { title: option.title })}</summary>
        <OutcomeField label={t("option_id")} step={step} path={[...path, "id"]} outcome={option.id} />
        {(sectionMost > 0 || option.section !== "") && <LabelField label={t("option_section", { title: option.title })} path={[...path, "section"]} {...(sectionMost > 0 ? { hint: t("option_section_hint", { n: sectionMost }) } : {})} />}
        <WordsField label={t("option_match", { title: option.title })} path={[...path, "match"]} />
      </details>
    </div>
  );
}
