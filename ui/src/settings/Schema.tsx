import { Button, Group, Loader, Select, Stack, Switch, Table, Text, TextInput, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";

import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { useMay } from "../session/session";
import { Mending } from "./Mending";
import { attributesOf, mapping, useWorkspace, type Attribute } from "./workspace";
import { words } from "./words";

const types = ["string", "int", "number", "bool", "time", "list<string>"];

/** Schema shows what is known of a contact and what events bring, and adds attributes. */
export default function Schema() {
  const t = useWords(words);
  const may = useMay();
  const { stored, change, root } = useWorkspace();
  const [name, setName] = useState("");
  const [type, setType] = useState("string");
  const [personal, setPersonal] = useState(false);
  if (stored.error) return <Failed error={stored.error} again={() => void stored.refetch()} />;
  if (!stored.data) return <Loader role="status" aria-label={t("schema")} />;
  const add = (e: FormEvent) => {
    e.preventDefault();
    // May be missing: the contacts that are there do not have it.
    const value = personal ? { type: `${type}?`, pii: true } : `${type}?`;
    change.mutate([root["contact"] === undefined ? { path: ["contact"], value: { [name.trim()]: value } } : { path: ["contact", name.trim()], value }], { onSuccess: () => setName("") });
  };
  return (
    <Stack>
      <Mending why={t("schemaWhy")} error={change.error} />
      <Title order={2} size="h4">
        {t("contactFields")}
      </Title>
      <Fields label={t("contactFields")} of={attributesOf(root["contact"])} />
      {may("journeys") && (
        <form onSubmit={add}>
          <Group align="flex-end">
            <TextInput label={t("newField")} required pattern="[a-z][a-z0-9_]*" placeholder="plano" value={name} onChange={(e) => setName(e.currentTarget.value)} />
            <Select label={t("type")} data={types.map((one) => ({ value: one, label: t(`type_${one.replace(/\W.*/, "")}` as "type_string") }))} value={type} allowDeselect={false} onChange={(v) => setType(v ?? "string")} />
            <Switch label={t("personal")} checked={personal} onChange={(e) => setPersonal(e.currentTarget.checked)} mb={8} />
            <Button type="submit" variant="default" loading={change.isPending}>
              {t("add")}
            </Button>
          </Group>
        </form>
      )}
      <Title order={2} size="h4">
        {t("events")}
      </Title>
      {Object.entries(mapping(root["events"])).map(([event, fields]) => (
        <Stack key={event} gap="xs">
          <Title order={3} size="h5">
            {event}
          </Title>
          <Fields label={event} of={attributesOf(fields)} />
        </Stack>
      ))}
    </Stack>
  );
}

function Fields({ label, of }: { label: string; of: Attribute[] }) {
  const t = useWords(words);
  if (of.length === 0) return <Text>{t("none")}</Text>;
  return (
    <div className="scroll-x" role="region" aria-label={label} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("field")}</Table.Th>
            <Table.Th scope="col">{t("type")}</Table.Th>
            <Table.Th scope="col">{t("missing")}</Table.Th>
            <Table.Th scope="col">{t("personal")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.map((one) => (
            <Table.Tr key={one.name}>
              <Table.Td>{one.name}</Table.Td>
              <Table.Td>{types.includes(one.type) ? t(`type_${one.type.replace(/\W.*/, "")}` as "type_string") : one.type}</Table.Td>
              <Table.Td>{one.optional ? t("yes") : ""}</Table.Td>
              <Table.Td>{one.personal ? t("yes") : ""}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
