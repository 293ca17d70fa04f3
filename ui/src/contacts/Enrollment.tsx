import { Alert, Anchor, Button, Group, Loader, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { api, given, type Schemas } from "../api/client";
import { Refusal } from "../app/Refusal";
import { useFormat } from "../app/format";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { Page } from "../app/Page";
import { useMay } from "../session/session";
import { shown } from "./show";
import { words } from "./words";

/** Enrollment is one contact's passage through a journey: where it stands, and why. */
export default function Enrollment({ id }: { id: string }) {
  const t = useWords(words);
  const format = useFormat();
  const may = useMay();
  const [ending, setEnding] = useState(false);
  const one = useQuery({ queryKey: ["enrollment", id], queryFn: () => given(api.GET("/api/v1/enrollments/{id}", { params: { path: { id } } })), refetchInterval: 5_000 });
  if (one.error) return <Failed error={one.error} again={() => void one.refetch()} />;
  if (!one.data) return <Loader m="xl" role="status" aria-label={t("journeys")} />;
  const e = one.data;
  return (
    <Page
      title={t("passage", { journey: e.journey })}
      actions={
        !e.ended_at &&
        may("journeys", "events") && (
          <Button variant="default" onClick={() => setEnding(true)}>
            {t("end")}
          </Button>
        )
      }
    >
      <dl className="facts">
        <dt>{t("contact")}</dt>
        <dd>
          <Anchor component={Link} href={`/contacts/${encodeURIComponent(e.contact_id)}`}>
            {e.contact_id}
          </Anchor>
        </dd>
        <dt>{t("status")}</dt>
        <dd>
          {t(e.status)}
          {e.reason && `: ${e.reason}`}
        </dd>
        {e.outcome && (
          <>
            <dt>{t("outcome")}</dt>
            <dd>{e.outcome}</dd>
          </>
        )}
        <dt>{t("trigger")}</dt>
        <dd>
          {e.trigger}, {format.moment(e.started_at)}
        </dd>
        {e.ended_at && (
          <>
            <dt>{t("ended")}</dt>
            <dd>{format.moment(e.ended_at)}</dd>
          </>
        )}
        {e.current_steps.map((s) => (
          <Standing key={s.step_id} step={s} />
        ))}
        {e.next_wake_at && (
          <>
            <dt>{t("wakes")}</dt>
            <dd>{format.moment(e.next_wake_at)}</dd>
          </>
        )}
        <Values title={t("inputs")} values={e.inputs} />
        <Values title={t("vars")} values={e.vars} />
      </dl>
      {e.note && (
        <Alert color="yellow" mt="md">
          {e.note}
        </Alert>
      )}
      <section className="section">
        <Title order={2} size="h4" mb="sm">
          {t("log")}
        </Title>
        {e.timeline.length === 0 ? (
          <Text>{t("noLog")}</Text>
        ) : (
          <ol className="log">
            {e.timeline.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
        )}
      </section>
      {ending && <End id={id} close={() => setEnding(false)} />}
    </Page>
  );
}

function Standing({ step }: { step: Schemas["EnrollmentDetail"]["current_steps"][number] }) {
  const t = useWords(words);
  const format = useFormat();
  return (
    <>
      <dt>{t("where")}</dt>
      <dd>
        {step.step_id} ({step.verb}), {format.moment(step.since)}
        {step.waiting && `: ${step.waiting}`}
      </dd>
    </>
  );
}

function Values({ title, values }: { title: string; values: Record<string, unknown> }) {
  const list = Object.entries(values);
  if (list.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {list.map(([name, value]) => (
          <div key={name}>
            {name}: {shown(value)}
          </div>
        ))}
      </dd>
    </>
  );
}

function Entry({ entry: e }: { entry: Schemas["TimelineEntry"] }) {
  const t = useWords(words);
  const format = useFormat();
  const word = `kind_${e.kind}`;
  const kind = word in words ? t(word as keyof typeof words) : e.kind;
  const why = [
    e.source ? t("condition", { source: e.source, result: e.result ?? "" }) : e.result,
    e.detail,
    e.wake_at && t("wakesAt", { when: format.moment(e.wake_at) }),
  ].filter(Boolean);
  return (
    <li>
      <Text size="xs" c="dimmed">
        {format.moment(e.at)} · {kind}
      </Text>
      <Text size="sm">
        {e.step_id && <strong>{e.step_id}</strong>} {e.verb && `(${e.verb})`} {why.join(" · ")}
      </Text>
    </li>
  );
}

function End({ id, close }: { id: string; close: () => void }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const end = useMutation({
    mutationFn: () => given(api.POST("/api/v1/enrollments/{id}/unenroll", { params: { path: { id } }, body: { reason } })),
    onSuccess: close,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Modal opened onClose={close} title={t("end")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack>
        <Refusal of={end.error} />
        <Text>{t("endWhy")}</Text>
        <TextInput label={t("reason")} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("cancel")}
          </Button>
          <Button color="red" loading={end.isPending} onClick={() => end.mutate()}>
            {t("end")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
