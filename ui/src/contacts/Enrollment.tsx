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
import { When } from "../app/When";
import { useMay } from "../session/session";
import { useNamesOf, type Names } from "./names";
import { Path } from "./Path";
import { isMoment, leaves, shown } from "./show";
import { worded, words } from "./words";

/** Enrollment is one contact's passage through a journey: where it stands, and why. */
export default function Enrollment({ id }: { id: string }) {
  const t = useWords(words);
  const may = useMay();
  const [ending, setEnding] = useState(false);
  const [step, setStep] = useState("");
  const one = useQuery({ queryKey: ["enrollment", id], queryFn: () => given(api.GET("/api/v1/enrollments/{id}", { params: { path: { id } } })), refetchInterval: 5_000 });
  const journey = one.data?.journey ?? "";
  const versions = useQuery({ queryKey: ["versions", journey], enabled: journey !== "", queryFn: () => given(api.GET("/api/v1/journeys/{id}/versions", { params: { path: { id: journey } } })) });
  const version = versions.data?.items.find((v) => v.hash === one.data?.version_hash);
  const names = useNamesOf(version?.source ?? "");
  if (one.error) return <Failed error={one.error} again={() => void one.refetch()} />;
  if (!one.data) return <Loader m="xl" role="status" aria-label={t("journeys")} />;
  const e = one.data;
  const shownEntries = step ? e.timeline.filter((entry) => entry.step_id === step) : e.timeline;
  return (
    <Page
      title={t("passage", { journey: names.journey || e.journey })}
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
            <dd>{names.ending(e.outcome)}</dd>
          </>
        )}
        <dt>{t("trigger")}</dt>
        <dd>
          {worded(t, "t", e.trigger)}, <When at={e.started_at} zone={names.zone} />
        </dd>
        {e.ended_at && (
          <>
            <dt>{t("ended")}</dt>
            <dd><When at={e.ended_at} zone={names.zone} /></dd>
          </>
        )}
        {e.current_steps.map((s) => (
          <Standing key={s.step_id} step={s} names={names} />
        ))}
        {e.next_wake_at && (
          <>
            <dt>{t("wakes")}</dt>
            <dd><When at={e.next_wake_at} zone={names.zone} /></dd>
          </>
        )}
        <Values title={t("inputs")} values={e.inputs} zone={names.zone} />
        <Values title={t("vars")} values={e.vars} zone={names.zone} />
      </dl>
      {e.note && (
        <Alert color="yellow" mt="md">
          {e.note}
        </Alert>
      )}
      {version && <Path of={e} version={version} choose={setStep} />}
      <section className="section">
        <Title order={2} size="h4" mb="sm">
          {t("log")}
        </Title>
        {step && (
          <Group mb="sm">
            <Text role="status">{t("logOf", { step: names.step(step) })}</Text>
            <Button variant="default" size="xs" onClick={() => setStep("")}>
              {t("logAll")}
            </Button>
          </Group>
        )}
        {shownEntries.length === 0 ? (
          <Text>{t("noLog")}</Text>
        ) : (
          <ol className="log">
            {shownEntries.map((entry) => (
              <Entry key={entry.seq} entry={entry} names={names} />
            ))}
          </ol>
        )}
      </section>
      {ending && <End id={id} close={() => setEnding(false)} />}
    </Page>
  );
}

function Standing({ step, names }: { step: Schemas["EnrollmentDetail"]["current_steps"][number]; names: Names }) {
  const t = useWords(words);
  const format = useFormat(names.zone);
  return (
    <>
      <dt>{t("where")}</dt>
      <dd title={format.zone}>
        {t("said", { step: names.step(step.step_id), verb: names.verb(step.verb), since: format.moment(step.since) })}
        {step.waiting && `: ${worded(t, "w", step.waiting)}`}
      </dd>
    </>
  );
}

function Values({ title, values, zone }: { title: string; values: Record<string, unknown>; zone: string | undefined }) {
  const list = leaves(values);
  if (list.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {list.map(([name, value]) => (
          <div key={name}>
            {name}: {typeof value === "string" && isMoment(value) ? <When at={value} zone={zone} /> : shown(value)}
          </div>
        ))}
      </dd>
    </>
  );
}

function Entry({ entry: e, names }: { entry: Schemas["TimelineEntry"]; names: Names }) {
  const t = useWords(words);
  const format = useFormat(names.zone);
  const results: Partial<Record<string, (result: string) => string>> = {
    step: () => t("skipped"),
    outcome: (result) => (e.step_id ? names.outcome(e.step_id, result) : names.ending(result)),
    ended: names.ending,
    message: (result) => worded(t, "m", result),
    enrolled: (result) => worded(t, "t", result),
  };
  const result = e.result && (results[e.kind]?.(e.result) ?? e.result);
  const why = [
    e.source ? t("condition", { source: e.source, result: result ?? "" }) : result,
    e.detail && (e.kind === "wait" ? worded(t, "w", e.detail) : e.detail),
    e.wake_at && t("wakesAt", { when: format.moment(e.wake_at) }),
  ].filter(Boolean);
  return (
    <li>
      <Text size="xs" c="dimmed">
        <When at={e.at} zone={names.zone} /> · {worded(t, "kind", e.kind)}
      </Text>
      <Text size="sm">
        {e.step_id && <strong>{names.step(e.step_id)}</strong>} {e.verb && `(${names.verb(e.verb)})`} {why.join(" · ")}
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
