import { ActionIcon, Button, Group, Loader, Modal, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";

import { useLanguage, useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { useMay } from "../session/session";
import { Mending } from "./Mending";
import { daysIn, list, mapping, useWorkspace, type Change } from "./workspace";
import { words } from "./words";

/** Hours shows when people work and when messages may go, and where hand-offs wait. */
export default function Hours() {
  const t = useWords(words);
  const { language } = useLanguage();
  const may = useMay();
  const { stored, change, root } = useWorkspace();
  const [editing, setEditing] = useState<string>();
  const [queue, setQueue] = useState("");
  if (stored.error) return <Failed error={stored.error} again={() => void stored.refetch()} />;
  if (!stored.data) return <Loader role="status" aria-label={t("hours")} />;
  const schedules = mapping(root["schedules"]);
  const queues = list(root["queues"]);
  const windows = Object.entries(mapping(root["delivery"])).flatMap(([category, rules]) => {
    const hours = mapping(rules)["send_window"];
    return hours === undefined ? [] : [{ category, hours: mapping(hours) }];
  });
  const edits = may("journeys");
  const addQueue = (e: FormEvent) => {
    e.preventDefault();
    const value = queues.length === 0 ? { path: ["queues"], value: [queue.trim()] } : { path: ["queues", queues.length], value: queue.trim() };
    change.mutate([value], { onSuccess: () => setQueue("") });
  };
  return (
    <Stack>
      <Mending why={t("hoursWhy")} error={editing === undefined ? change.error : null} />
      <Title order={2} size="h4">
        {t("schedules")}
      </Title>
      <div className="scroll-x" role="region" aria-label={t("schedules")} tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("name")}</Table.Th>
              <Table.Th scope="col">{t("days")}</Table.Th>
              <Table.Th scope="col">{t("from")}</Table.Th>
              <Table.Th scope="col">{t("until")}</Table.Th>
              <Table.Th scope="col">{t("holidays")}</Table.Th>
              {edits && (
                <Table.Th scope="col">
                  <span className="visually-hidden">{t("actions")}</span>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {Object.entries(schedules).map(([name, value]) => {
              const hours = mapping(value);
              return (
                <Table.Tr key={name}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td>{daysIn(hours["days"], language)}</Table.Td>
                  <Table.Td>{String(hours["from"] ?? "")}</Table.Td>
                  <Table.Td>{String(hours["to"] ?? "")}</Table.Td>
                  <Table.Td>{list(hours["holidays"]).join(", ") || t("none")}</Table.Td>
                  {edits && (
                    <Table.Td ta="right">
                      <ActionIcon variant="subtle" size="lg" aria-label={t("editOf", { name })} onClick={() => setEditing(name)}>
                        <Pencil size={16} aria-hidden />
                      </ActionIcon>
                    </Table.Td>
                  )}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
      {edits && (
        <Group>
          <Button variant="default" leftSection={<Plus size={16} aria-hidden />} onClick={() => setEditing("")}>
            {t("addHours")}
          </Button>
        </Group>
      )}
      <Title order={2} size="h4">
        {t("windows")}
      </Title>
      {windows.length === 0 && <Text>{t("noWindows")}</Text>}
      <ul>
        {windows.map(({ category, hours }) => (
          <li key={category}>
            {t("window", { category, days: daysIn(hours["days"], language), from: String(hours["from"] ?? ""), to: String(hours["to"] ?? ""), holidays: list(hours["holidays"]).join(", ") || t("none") })}
          </li>
        ))}
      </ul>
      <Title order={2} size="h4">
        {t("queues")}
      </Title>
      <Text size="sm">{t("queuesWhy")}</Text>
      <ul>
        {queues.map((name, i) => (
          <li key={name}>
            {name}{" "}
            {edits && (
              <ActionIcon variant="subtle" size="md" aria-label={t("removeOf", { name })} onClick={() => change.mutate([{ path: queues.length === 1 ? ["queues"] : ["queues", i], value: undefined }])}>
                <Trash2 size={15} aria-hidden />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
      {edits && (
        <form onSubmit={addQueue}>
          <Group align="flex-end">
            <TextInput label={t("newQueue")} required pattern="[a-z][a-z0-9_]*" placeholder="recepcao" value={queue} onChange={(e) => setQueue(e.currentTarget.value)} />
            <Button type="submit" variant="default" loading={change.isPending && editing === undefined}>
              {t("add")}
            </Button>
          </Group>
        </form>
      )}
      {editing !== undefined && (
        <Edit
          name={editing}
          hours={mapping(schedules[editing])}
          error={change.error}
          saving={change.isPending}
          save={(changes) => change.mutate(changes, { onSuccess: () => setEditing(undefined) })}
          close={() => (change.reset(), setEditing(undefined))}
        />
      )}
    </Stack>
  );
}

interface Editing {
  name: string;
  hours: ReturnType<typeof mapping>;
  error: Error | null;
  saving: boolean;
  save: (changes: Change[]) => void;
  close: () => void;
}

/** Edit changes one schedule, or makes one when it has no name yet. */
function Edit({ name, hours, error, saving, save, close }: Editing) {
  const t = useWords(words);
  const before = { days: list(hours["days"] ?? "all").join(", "), from: String(hours["from"] ?? "08:00"), to: String(hours["to"] ?? "18:00"), holidays: list(hours["holidays"]).join(", ") };
  const [id, setID] = useState(name);
  const [now, setNow] = useState(before);
  const several = (text: string) => {
    const all = text.split(",").map((part) => part.trim()).filter(Boolean);
    return all.length > 1 ? all : all[0];
  };
  const send = (e: FormEvent) => {
    e.preventDefault();
    const wanted = { days: several(now.days) ?? "all", from: now.from, to: now.to, ...(several(now.holidays) === undefined ? {} : { holidays: several(now.holidays)! }) };
    if (!name) return save([{ path: ["schedules", id.trim()], value: wanted }]);
    save(
      (["days", "from", "to", "holidays"] as const)
        .filter((key) => now[key] !== before[key])
        .map((key) => ({ path: ["schedules", name, key], value: key === "holidays" ? several(now.holidays) : wanted[key] })),
    );
  };
  const field = (key: keyof typeof now, label: string, description: string, more = {}) => (
    <TextInput label={label} description={description} value={now[key]} onChange={(e) => setNow({ ...now, [key]: e.target.value })} {...more} />
  );
  return (
    <Modal opened onClose={close} title={name ? t("editOf", { name }) : t("addHours")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form onSubmit={send}>
        <Stack>
          <Mending error={error} />
          {!name && <TextInput label={t("name")} required pattern="[a-z][a-z0-9_]*" placeholder="horario_comercial" value={id} onChange={(e) => setID(e.currentTarget.value)} data-autofocus />}
          {field("days", t("days"), t("daysHint"), { required: true })}
          {field("from", t("from"), t("hourHint"), { required: true, pattern: "[0-2][0-9]:[0-5][0-9]" })}
          {field("to", t("until"), t("hourHint"), { required: true, pattern: "[0-2][0-9]:[0-5][0-9]" })}
          {field("holidays", t("holidays"), t("holidaysHint"))}
          <Button type="submit" loading={saving}>
            {t("save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
