import { Button, Group, Switch, Text, TextInput, UnstyledButton } from "@mantine/core";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import type { Schemas } from "../../../api/client";
import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { sendable } from "./convert";
import { words } from "./words";

type Template = Schemas["Template"];

const most = 40;

interface Props {
  label: string;
  channel: string;
  value: string;
  problem?: string | undefined;
  onPick: (t: Template) => void;
}

/** TemplatePicker shows the chosen template, and opens a list to search in. */
export function TemplatePicker({ label, channel, value, problem, onPick }: Props) {
  const t = useWords(words);
  const { templates } = useForm();
  const [open, setOpen] = useState(value === "");
  const toggle = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(value === ""), [value]);
  const chosen = templates.find((x) => x.channel === channel && x.name === value);
  return (
    <div data-wrong={problem !== undefined || undefined}>
      <Text size="sm" fw={500}>{label}</Text>
      {value !== "" && (
        <Group gap="xs">
          <code>{value}</code>
          {chosen && <Facts template={chosen} />}
        </Group>
      )}
      {value !== "" && !chosen && <Text size="xs" c="dimmed">{t("unknown_template")}</Text>}
      {problem && <Text size="xs" c="var(--mantine-color-error)">{problem}</Text>}
      {open ? (
        <PickerList
          channel={channel}
          value={value}
          onPick={(x) => {
            toggle.current?.focus();
            setOpen(false);
            onPick(x);
          }}
        />
      ) : null}
      <Button ref={toggle} variant="subtle" size="compact-xs" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t(open ? "close" : value === "" ? "choose_template" : "change_template")}
      </Button>
    </div>
  );
}

function PickerList({ channel, value, onPick }: { channel: string; value: string; onPick: (t: Template) => void }) {
  const t = useWords(words);
  const { templates } = useForm();
  const [query, setQuery] = useState("");
  const [all, setAll] = useState(false);
  const wanted = query.trim().toLowerCase();
  const here = templates.filter((x) => x.channel === channel);
  const found = here.filter((x) => (all || sendable(x)) && `${x.name} ${x.body} ${x.subject} ${x.markdown}`.toLowerCase().includes(wanted));
  return (
    <div>
      <TextInput size="sm" aria-label={t("search")} placeholder={t("search")} leftSection={<Search size={14} aria-hidden />} value={query} onChange={(e) => setQuery(e.currentTarget.value)} />
      {here.some((x) => !sendable(x)) && <Switch my={6} size="xs" label={t("unapproved")} checked={all} onChange={(e) => setAll(e.currentTarget.checked)} />}
      <Text size="xs" c="dimmed" role="status">{found.length > 0 ? t("found", { n: found.length }) : wanted === "" ? t("no_templates") : t("nothing_found", { q: query })}</Text>
      <ul className="form-templates">
        {found.slice(0, most).map((x) => (
          <li key={`${x.name}/${x.language}`}>
            <UnstyledButton className="form-template" aria-pressed={x.name === value} onClick={() => onPick(x)}>
              <Text size="sm" fw={600}>{x.name}</Text>
              <Facts template={x} />
              <Text size="xs" c="dimmed" lineClamp={3}>{x.subject || x.body || x.markdown}</Text>
              {x.buttons.length > 0 && <Text size="xs">{x.buttons.map((b) => `[${b}]`).join(" ")}</Text>}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Facts({ template }: { template: Template }) {
  return (
    <Group gap={8} component="span">
      {[template.language, template.category, sendable(template) ? "" : template.status].filter(Boolean).map((fact) => (
        <Text key={fact} component="span" size="xs" c="dimmed">{fact}</Text>
      ))}
    </Group>
  );
}
