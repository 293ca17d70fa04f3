import { ActionIcon, Button, Group, PasswordInput, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import { useState, type Dispatch, type SetStateAction } from "react";

import { useWords } from "../app/language";
import { familyOf, madeUp, membersOf, nameOf, type Field, type Given } from "./fields";
import { words } from "./words";

interface Filling {
  fields: Field[];
  /** All of the provider's: what is a field of its own belongs to no family. */
  all: Field[];
  values: Given;
  /** Secrets that the server keeps, and what is said of them. */
  kept: string[];
  keptHint: string;
  errorOf: (name: string) => string | undefined;
  change: Dispatch<SetStateAction<Given>>;
}

/** Form asks for a provider's settings and secrets. */
export function Form({ fields, ...rest }: Filling) {
  return (
    <>
      {fields.map((field) =>
        familyOf(field) === undefined ? <One key={nameOf(field)} field={field} name={nameOf(field)} label={field.label} {...rest} /> : <Many key={nameOf(field)} field={field} {...rest} />,
      )}
    </>
  );
}

type Single = Omit<Filling, "fields" | "all"> & { field: Field; name: string; label: string };

function One({ field, name, label, values, kept, keptHint, errorOf, change }: Single) {
  const t = useWords(words);
  const value = values[name] ?? "";
  const key = name.slice(name.indexOf(".") + 1);
  const held = field.secret && kept.includes(key);
  const put = (next: string) => change((all) => ({ ...all, [name]: next }));
  const shared = {
    label,
    description: [field.help, held && keptHint].filter(Boolean).join(" "),
    required: field.required && !field.unless && !held,
    error: errorOf(name),
    value,
    name,
  };
  if (field.choices.length > 0) {
    return <Select {...shared} data={field.choices} placeholder={field.default} clearable={!field.required} clearButtonProps={{ "aria-label": t("clear", { name: label }) }} onChange={(v) => put(v ?? "")} value={value || null} />;
  }
  if (field.secret && !field.example.includes("\n")) {
    return (
      <Group align="flex-end" wrap="nowrap" gap="xs">
        <PasswordInput
          {...shared}
          flex={1}
          autoComplete="new-password"
          placeholder={held ? "••••••••" : undefined}
          visibilityToggleButtonProps={{ "aria-label": t("show", { name: label }) }}
          onChange={(e) => put(e.currentTarget.value)}
        />
        {field.made && (
          <Button variant="default" aria-label={t("makeOf", { name: label })} onClick={() => put(madeUp())}>
            {t("make")}
          </Button>
        )}
      </Group>
    );
  }
  if (field.example.includes("\n") || field.example.includes("{")) {
    return <Textarea {...shared} className="yaml" rows={3} spellCheck={false} autoComplete="off" placeholder={field.secret ? "-----BEGIN PRIVATE KEY-----" : field.example} onChange={(e) => put(e.currentTarget.value)} />;
  }
  return <TextInput {...shared} autoComplete="off" spellCheck={false} placeholder={field.default || field.example} onChange={(e) => put(e.currentTarget.value)} />;
}

/** Many are the settings of one family, each with a name that the person gives it. */
function Many({ field, all, ...rest }: Omit<Filling, "fields"> & { field: Field }) {
  const t = useWords(words);
  const [fresh, setFresh] = useState("");
  const prefix = familyOf(field) ?? "";
  const names = [...new Set([...membersOf(field, rest.values, all), ...(field.secret ? rest.kept.map((key) => nameOf(field, key)).filter((name) => membersOf(field, { [name]: "" }, all).length > 0) : [])])].sort();
  const add = () => {
    const name = nameOf(field, prefix + fresh.trim());
    rest.change((values) => ({ ...values, [name]: values[name] ?? "" }));
    setFresh("");
  };
  return (
    <Stack gap="xs">
      {names.map((name) => {
        const label = `${field.label}: ${name.slice(nameOf(field, prefix).length)}`;
        return (
          <Group key={name} align="flex-end" wrap="nowrap" gap="xs">
            <div style={{ flex: 1 }}>
              <One field={field} name={name} label={label} {...rest} />
            </div>
            {name in rest.values && (
              <ActionIcon
                variant="default"
                size="lg"
                aria-label={t("removeOf", { name: label })}
                onClick={() => rest.change((values) => Object.fromEntries(Object.entries(values).filter(([n]) => n !== name)))}
              >
                <Trash2 size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        );
      })}
      <Group align="flex-end" wrap="nowrap" gap="xs">
        <TextInput
          flex={1}
          label={field.label}
          description={field.help}
          placeholder={t("nameOf")}
          autoComplete="off"
          spellCheck={false}
          value={fresh}
          onChange={(e) => setFresh(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key !== "Enter") return;
            e.preventDefault();
            if (fresh.trim()) add();
          }}
        />
        <Button variant="default" leftSection={<Plus size={16} aria-hidden />} aria-label={t("addOf", { name: field.label })} disabled={!fresh.trim()} onClick={add}>
          {t("add")}
        </Button>
      </Group>
    </Stack>
  );
}
