import { Alert, Button, FileInput, Loader, Modal, Select, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";

import { api, given } from "../api/client";
import { Refusal } from "../app/Refusal";
import { useWords } from "../app/language";
import { create } from "./api";
import { idFor, idIn } from "./names";
import { models, type Model } from "./models";
import { blank, confirmAppointment, missedVisit, satisfactionSurvey, surroundings, type Answers, type Surroundings } from "./ready";
import { words } from "./newWords";

/** Start is how a new journey begins: by a ready-made one, or by a file. */
export type Start = Model | "import";

/** NewJourney makes a journey: ready-made by three questions, blank, or from a file. */
export default function NewJourney({ taken, start, close }: { taken: string[]; start: Start; close: () => void }) {
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
        <Tabs defaultValue={start === "import" ? start : "ready"}>
          <Tabs.List>
            <Tabs.Tab value="ready">{t("ready")}</Tabs.Tab>
            <Tabs.Tab value="blank">{t("blank")}</Tabs.Tab>
            <Tabs.Tab value="import">{t("import")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="ready" pt="md">
            <Ready taken={taken} save={save} busy={make.isPending} first={start === "import" ? "confirmAppointment" : start} />
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

function Ready({ taken, save, busy, first }: Maker & { first: Model }) {
  const t = useWords(words);
  const files = useQuery({ queryKey: ["workspace"], queryFn: () => given(api.GET("/api/v1/workspace/files")) });
  const [model, setModel] = useState(first);
  if (files.isPending) return <Loader role="status" aria-label={t("ready")} />;
  const around = surroundings(files.data?.files["workspace.yaml"] ?? "");
  const maker = { taken, save, busy, around };
  return (
    <Stack>
      <div className="cards cards-small" role="group" aria-label={t("ready")}>
        {models.map((one) => (
          <Button key={one} px="xs" variant={one === model ? "light" : "default"} aria-pressed={one === model} onClick={() => setModel(one)}>
            {t(one)}
          </Button>
        ))}
      </div>
      <Text>{t(`${model}What`)}</Text>
      {model === "confirmAppointment" ? <ConfirmAppointment {...maker} /> : <AfterSomething key={model} model={model} {...maker} />}
    </Stack>
  );
}

interface Asker extends Maker {
  around: Surroundings;
}

/** The three questions of the confirmation: by which event, how long before, and who does not answer. */
function ConfirmAppointment({ taken, save, busy, around }: Asker) {
  const t = useWords(words);
  const [name, setName] = useState(t("confirmAppointment"));
  const [event, setEvent] = useState("");
  const [hours, setHours] = useState("24");
  const [silent, setSilent] = useState<Answers["silent"]>("remind");
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

const afters = {
  survey: { make: satisfactionSurvey, event: /complet|done|finish|paid/, question: "lowMarks", yes: "deskOnly", no: "onlyKeep" },
  missedVisit: { make: missedVisit, event: /no_show|miss/, question: "silent", yes: "askAgain", no: "leave" },
} as const;

/** The three questions of what begins after something: after what, how long after, and what is done with whom it is about. */
function AfterSomething({ model, taken, save, busy, around }: Asker & { model: keyof typeof afters }) {
  const t = useWords(words);
  const { make, event: likely, question, yes, no } = afters[model];
  const [name, setName] = useState(t(model));
  const [event, setEvent] = useState(around.every.find((e) => likely.test(e)) ?? around.every[0] ?? "");
  const [hours, setHours] = useState("2");
  const [more, setMore] = useState(true);
  if (!event) return <Alert color="yellow">{t("noEvents")}</Alert>;
  const send = (e: FormEvent) => {
    e.preventDefault();
    const id = idFor(name, taken);
    save(id, make({ id, name: name.trim() || id, event, hours: Number(hours), more, surroundings: around }));
  };
  const choices = [
    { value: "yes", label: t(yes) },
    { value: "no", label: t(no) },
  ];
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput label={t("journeyName")} required value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Select label={t("afterWhat")} description={t("fromHint")} data={around.every} value={event} allowDeselect={false} onChange={(v) => setEvent(v ?? event)} />
        <Select label={t("when")} data={["1", "2", "4", "24", "48"].map((h) => ({ value: h, label: t("hoursAfter", { n: Number(h) }) }))} value={hours} allowDeselect={false} onChange={(v) => setHours(v ?? "2")} />
        <Select label={t(question)} data={choices} value={more ? "yes" : "no"} allowDeselect={false} onChange={(v) => setMore(v !== "no")} />
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
