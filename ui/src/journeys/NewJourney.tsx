import { Alert, Button, FileInput, Loader, Modal, Select, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";

import { api, given } from "../api/client";
import { Refusal } from "../app/Refusal";
import { useWords } from "../app/language";
import { create } from "./api";
import { idFor, idIn } from "./names";
import { blank, confirmAppointment, surroundings, type Answers } from "./ready";
import { words } from "./words";

/** NewJourney makes a journey: ready-made by three questions, blank, or from a file. */
export default function NewJourney({ taken, close }: { taken: string[]; close: () => void }) {
  const t = useWords(words);
  const [, go] = useLocation();
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: async (j: { id: string; source: string }) => {
      await create(j.id, j.source);
      return j.id;
    },
    onSuccess: (id) => {
      void queries.invalidateQueries({ queryKey: ["journeys"] });
      go(`/journeys/${id}`);
    },
  });
  const save = (id: string, source: string) => make.mutate({ id, source });
  return (
    <Modal opened onClose={close} title={t("new")} size="lg" closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack>
        <Refusal of={make.error} />
        <Tabs defaultValue="ready">
          <Tabs.List>
            <Tabs.Tab value="ready">{t("ready")}</Tabs.Tab>
            <Tabs.Tab value="blank">{t("blank")}</Tabs.Tab>
            <Tabs.Tab value="import">{t("import")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="ready" pt="md">
            <Ready taken={taken} save={save} busy={make.isPending} />
          </Tabs.Panel>
          <Tabs.Panel value="blank" pt="md">
            <Blank taken={taken} save={save} busy={make.isPending} />
          </Tabs.Panel>
          <Tabs.Panel value="import" pt="md">
            <Import taken={taken} save={save} busy={make.isPending} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Modal>
  );
}

interface Maker {
  taken: string[];
  save: (id: string, source: string) => void;
  busy: boolean;
}

function Ready({ taken, save, busy }: Maker) {
  const t = useWords(words);
  const files = useQuery({ queryKey: ["workspace"], queryFn: () => given(api.GET("/api/v1/workspace/files")) });
  const [name, setName] = useState(t("confirmAppointment"));
  const [event, setEvent] = useState("");
  const [hours, setHours] = useState("24");
  const [silent, setSilent] = useState<Answers["silent"]>("remind");
  if (files.isPending) return <Loader role="status" aria-label={t("ready")} />;
  const around = surroundings(files.data?.files["workspace.yaml"] ?? "");
  const chosen = around.events.find((e) => e.name === event) ?? around.events[0];
  if (!chosen) return <Alert color="yellow">{t("noEvents")}</Alert>;
  const send = (e: FormEvent) => {
    e.preventDefault();
    const id = idFor(name, taken);
    save(id, confirmAppointment({ id, name: name.trim() || id, event: chosen, hours: Number(hours), silent, surroundings: around }));
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <Text>
          <strong>{t("confirmAppointment")}.</strong> {t("confirmWhat")}
        </Text>
        <TextInput label={t("journeyName")} required value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Select label={t("from")} description={t("fromHint")} data={around.events.map((e) => e.name)} value={chosen.name} allowDeselect={false} onChange={(v) => setEvent(v ?? "")} />
        <Select label={t("when")} data={["2", "12", "24", "48", "72"].map((h) => ({ value: h, label: t("hoursBefore", { n: Number(h) }) }))} value={hours} allowDeselect={false} onChange={(v) => setHours(v ?? "24")} />
        <Select
          label={t("silent")}
          data={[
            { value: "remind", label: t("remindThenDesk") },
            { value: "desk", label: t("deskOnly") },
            { value: "leave", label: t("leave") },
          ]}
          value={silent}
          allowDeselect={false}
          onChange={(v) => setSilent((v as Answers["silent"] | null) ?? "remind")}
        />
        <Button type="submit" loading={busy}>
          {t("create")}
        </Button>
      </Stack>
    </form>
  );
}

function Blank({ taken, save, busy }: Maker) {
  const t = useWords(words);
  const [name, setName] = useState("");
  const send = (e: FormEvent) => {
    e.preventDefault();
    const id = idFor(name, taken);
    save(id, blank(id, name.trim()));
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput label={t("journeyName")} required value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Button type="submit" loading={busy}>
          {t("create")}
        </Button>
      </Stack>
    </form>
  );
}

function Import({ taken, save, busy }: Maker) {
  const t = useWords(words);
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState("");
  const send = async (e: FormEvent) => {
    e.preventDefault();
    const source = (await file?.text()) ?? "";
    const id = idIn(source);
    const said = !id ? t("noId") : taken.includes(id) ? t("exists", { id }) : "";
    setWrong(said);
    if (!said) save(id, source);
  };
  return (
    <form onSubmit={(e) => void send(e)}>
      <Stack>
        <FileInput label={t("file")} description={t("fileHint")} accept=".yaml,.yml" required value={file} onChange={setFile} error={wrong || undefined} />
        <Button type="submit" loading={busy} disabled={!file}>
          {t("import")}
        </Button>
      </Stack>
    </form>
  );
}
