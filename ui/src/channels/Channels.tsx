import { Alert, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Suspense, useState } from "react";

import { api, given, type Schemas } from "../api/client";
import { useFormat } from "../app/format";
import { useWords } from "../app/language";
import { later } from "../app/later";
import { Failed } from "../app/Mishap";
import { Page } from "../app/Page";
import { Tag } from "../app/Tag";
import { useMay } from "../session/session";
import { words, type Word } from "./words";

type Integration = Schemas["Integration"];
const Connect = later(() => import("./Connect"));

const looks = { enabled: "good", disabled: "plain", needs_reconnect: "bad", limited: "care" } as const;
const remedies = { needs_reconnect: "fixReconnect", disabled: "fixDisabled", limited: "fixLimited" } as const;

/** Channels is the page of the integrations, for those who may see them. */
export default function Channels() {
  const t = useWords(words);
  if (useMay()()) return <Integrations />;
  return (
    <Page title={t("title")}>
      <Alert color="gray">{t("adminsOnly")}</Alert>
    </Page>
  );
}

/** Integrations lists them: whether each works, and what to do when not. */
function Integrations() {
  const t = useWords(words);
  const list = useQuery({ queryKey: ["integrations"], queryFn: async () => (await given(api.GET("/api/v1/integrations"))).items, refetchInterval: 15_000 });
  const [connecting, setConnecting] = useState<Integration | "new">();
  const [said, setSaid] = useState<{ ok: boolean; text: string } | null>(null);
  const all = list.data ?? [];
  const add = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setConnecting("new")}>
      {t("connect")}
    </Button>
  );
  return (
    <Page title={t("title")} actions={all.length > 0 && add}>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      <div role="status" aria-live="polite">
        {said && (
          <Alert color={said.ok ? "green" : "red"} mb="md" withCloseButton closeButtonLabel={t("close")} onClose={() => setSaid(null)}>
            {said.text}
          </Alert>
        )}
      </div>
      {list.isSuccess && all.length === 0 && (
        <Stack align="flex-start">
          <Title order={2} size="h4">
            {t("empty")}
          </Title>
          <Text>{t("emptyWhy")}</Text>
          {add}
        </Stack>
      )}
      {all.length > 0 && (
        <div className="scroll-x" role="region" aria-label={t("title")} tabIndex={0}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("name")}</Table.Th>
                <Table.Th scope="col">{t("provider")}</Table.Th>
                <Table.Th scope="col">{t("state")}</Table.Th>
                <Table.Th scope="col" className="wide">
                  {t("webhook")}
                </Table.Th>
                <Table.Th scope="col">
                  <span className="visually-hidden">{t("actions")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {all.map((i) => (
                <Line key={i.id} integration={i} say={setSaid} edit={() => setConnecting(i)} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <Suspense>{connecting && <Connect {...(connecting === "new" ? {} : { integration: connecting })} all={all} close={() => setConnecting(undefined)} />}</Suspense>
    </Page>
  );
}

function Line({ integration: i, say, edit }: { integration: Integration; say: (said: { ok: boolean; text: string } | null) => void; edit: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const queries = useQueryClient();
  const name = i.name || i.id;
  const params = { path: { id: i.id } };
  const settled = { onSettled: () => queries.invalidateQueries({ queryKey: ["integrations"] }), onError: (e: Error) => say({ ok: false, text: `${name}: ${e.message}` }) };
  const test = useMutation({
    mutationFn: () => given(api.POST("/api/v1/integrations/{id}/test", { params })),
    onSuccess: (result) => say(result.ok ? { ok: true, text: t("works", { name }) } : { ok: false, text: `${name}: ${result.message ?? ""}` }),
    ...settled,
  });
  const turn = useMutation({
    mutationFn: async (on: boolean) => {
      await (on ? given(api.POST("/api/v1/integrations/{id}/enable", { params })) : given(api.POST("/api/v1/integrations/{id}/disable", { params })));
    },
    onSuccess: () => say(null),
    ...settled,
  });
  const off = i.state === "disabled";
  const pace = i.pace;
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600}>{name}</Text>
        <Text size="xs" c="dimmed">
          {t(`ch_${i.channel}` as Word)}
          {i.default && ` · ${t("standard")}`}
        </Text>
      </Table.Td>
      <Table.Td>{i.provider}</Table.Td>
      <Table.Td maw={320}>
        <Tag look={looks[i.state]}>{t(i.state)}</Tag>
        {i.state !== "enabled" && (
          <>
            <Text size="sm">{t(remedies[i.state])}</Text>
            <Text size="xs" c="dimmed">
              {[i.state_note, i.state_since && t("since", { when: format.moment(i.state_since) }), i.resume_at && t("resumes", { when: format.moment(i.resume_at) })].filter(Boolean).join(" · ")}
            </Text>
          </>
        )}
        {pace && pace.lowered_at && (
          <Text size="sm">{t("slower", { now: format.number(pace.messages_per_second), usual: format.number(pace.declared_per_second), when: format.moment(pace.lowered_at) })}</Text>
        )}
        {pace && !pace.lowered_at && pace.declared_per_second > 0 && (
          <Text size="xs" c="dimmed">
            {t(`rate_${pace.declared_by}`, { now: format.number(pace.declared_per_second) })}
          </Text>
        )}
        {pace?.quality && (
          <Text {...(pace.quality === "red" ? { size: "sm" } : { size: "xs", c: "dimmed" })}>
            {t(`q_${pace.quality}`)}
          </Text>
        )}
        {pace && pace.tier !== undefined && (
          <Text size="xs" c="dimmed">
            {t("tierUsed", { used: format.number(pace.people_24h), tier: format.number(pace.tier) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="wide" maw={260}>
        <Text size="xs" className="anywhere">
          {i.webhook_url}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {i.provider !== "fake" && (
            <Button variant="default" size="xs" aria-label={t("editOf", { name })} onClick={edit}>
              {t("edit")}
            </Button>
          )}
          <Button variant="default" size="xs" aria-label={t("testOf", { name })} loading={test.isPending} onClick={() => test.mutate()}>
            {t("test")}
          </Button>
          <Button variant="default" size="xs" aria-label={t(off ? "enableOf" : "disableOf", { name })} loading={turn.isPending} onClick={() => turn.mutate(off)}>
            {t(off ? "enable" : "disable")}
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
