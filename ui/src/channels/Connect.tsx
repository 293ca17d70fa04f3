import { Alert, Button, Group, Loader, Modal, Paper, Select, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";

import { api, ApiError, given, type Schemas } from "../api/client";
import { useFormat } from "../app/format";
import { useLanguage, useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { Refusal } from "../app/Refusal";
import { bodyOf, fieldsOn, freeId, keptWords, missing, nameOf, type Given, type Provider } from "./fields";
import { Form } from "./Form";
import { TestMessage } from "./TestMessage";
import { Webhook } from "./Webhook";
import { words, type Word } from "./words";

type Integration = Schemas["Integration"];
type Channel = Schemas["Channel"];

const channels: Channel[] = ["whatsapp", "sms", "email", "telegram", "messenger", "instagram", "webchat"];

/**
 * Connect connects a channel, or changes one that is connected: the provider, its form,
 * and then what is left to do there. Until the form is accepted nothing is stored.
 */
export default function Connect({ integration, all, close }: { integration?: Integration; all: Integration[]; close: () => void }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const list = useQuery({ queryKey: ["providers", language], queryFn: async () => (await given(api.GET("/api/v1/providers"))).items, staleTime: Infinity });
  const [channel, setChannel] = useState<Channel>(integration?.channel ?? "whatsapp");
  const [name, setName] = useState(integration?.provider);
  const [done, setDone] = useState<{ integration: Integration; secrets: Record<string, string> }>();
  const provider = list.data?.find((p) => p.name === name);
  const title = done || integration ? (done?.integration ?? integration)!.name || (done?.integration ?? integration)!.id : t("connect");
  return (
    <Modal opened onClose={close} title={title} size="xl" closeOnClickOutside={!provider || !!done} closeButtonProps={{ "aria-label": t("close") }}>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loader role="status" aria-label={t("connect")} />}
      {list.data && !provider && <Choose providers={list.data} channel={channel} choose={setName} turn={setChannel} />}
      {provider && !done && (
        <Enter
          key={`${provider.name} ${channel}`}
          provider={provider}
          channel={channel}
          integration={integration}
          all={all}
          back={integration ? undefined : () => setName(undefined)}
          done={(made, secrets) => setDone({ integration: made, secrets })}
        />
      )}
      {provider && done && <Done provider={provider} {...done} close={close} />}
    </Modal>
  );
}

/** Choose asks for the channel, and shows who carries it. */
function Choose({ providers, channel, choose, turn }: { providers: Provider[]; channel: Channel; choose: (name: string) => void; turn: (channel: Channel) => void }) {
  const t = useWords(words);
  const able = (p: Provider): string => {
    const can = p.channels.find((c) => c.channel === channel);
    if (!can) return "";
    return (["buttons", "media", "statuses", "lists_templates"] as const)
      .filter((what) => can[what])
      .map((what) => t(`can_${what}`))
      .join(" · ");
  };
  return (
    <Stack>
      <Select
        label={t("medium")}
        data={channels.map((c) => ({ value: c, label: t(`ch_${c}` as Word) }))}
        value={channel}
        allowDeselect={false}
        onChange={(v) => turn((v as Channel | null) ?? "whatsapp")}
        data-autofocus
      />
      <Text>{t("chooseWhy")}</Text>
      <div className="cards">
        {providers
          .filter((p) => p.channels.some((c) => c.channel === channel))
          .map((p) => (
            <Paper key={p.name} component="button" type="button" withBorder p="sm" ta="left" onClick={() => choose(p.name)}>
              <Text fw={600}>{p.title}</Text>
              <Text size="sm" c="dimmed">
                {able(p) || t("can_text")}
              </Text>
            </Paper>
          ))}
      </div>
    </Stack>
  );
}

interface Entering {
  provider: Provider;
  channel: Channel;
  integration?: Integration | undefined;
  all: Integration[];
  back?: (() => void) | undefined;
  done: (made: Integration, secrets: Record<string, string>) => void;
}

/** Enter is the provider's form. What the server refuses is said at its field. */
function Enter({ provider, channel, integration, all, back, done }: Entering) {
  const t = useWords(words);
  const format = useFormat();
  const queries = useQueryClient();
  const before: Given = Object.fromEntries(Object.entries(integration?.settings ?? {}).map(([key, value]) => [`settings.${key}`, value]));
  const [id, setID] = useState(integration?.id ?? freeId(channel, provider.name, all.map((i) => i.id)));
  const [label, setLabel] = useState(integration?.name ?? "");
  const [standard, setStandard] = useState(integration?.default ?? !all.some((i) => i.channel === channel && i.provider !== "fake"));
  const [values, setValues] = useState<Given>(before);
  const [tried, setTried] = useState(false);
  const shown = fieldsOn(provider, channel);
  const fields = [...shown.usual, ...shown.more];
  const kept = integration?.secrets_set ?? [];
  const keptHint = integration ? t(...keptWords(integration.created_at, integration.updated_at, format.moment)) : "";
  const save = useMutation({
    mutationFn: () => {
      const body = { name: label.trim(), default: standard, ...bodyOf(values, before) };
      return integration
        ? given(api.PATCH("/api/v1/integrations/{id}", { params: { path: { id } }, body }))
        : given(api.POST("/api/v1/integrations", { body: { id: id.trim(), provider: provider.name, channel, ...body } }));
    },
    onSuccess: (made) => done(made, bodyOf(values).secrets),
    onSettled: () => queries.invalidateQueries({ queryKey: ["integrations"] }),
  });
  const refused = save.error instanceof ApiError ? String(save.error.details["field"] ?? "") : "";
  const lacking = tried ? missing(fields, values, kept).map((f) => nameOf(f)) : [];
  const errorOf = (name: string): string | undefined => {
    if (name === refused) return save.error?.message;
    return lacking.includes(name) ? t("required") : undefined;
  };
  const atField = refused !== "" && (refused === "id" || /^(settings|secrets)\./.test(refused));
  const send = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (missing(fields, values, kept).length === 0) save.mutate();
  };
  return (
    <form onSubmit={send} noValidate autoComplete="off">
      <Stack>
        <div>
          <Text fw={600}>
            {provider.title} · {t(`ch_${channel}` as Word)}
          </Text>
          <Text size="sm" c="dimmed">
            {t("page", { page: provider.page })}
          </Text>
        </div>
        {!atField && <Refusal of={save.error} />}
        {atField && <Alert color="red" role="alert">{t("seeField")}</Alert>}
        {lacking.length > 0 && <Alert color="red" role="alert">{t("fillIn")}</Alert>}
        <Form
          fields={shown.usual}
          all={fields}
          values={values}
          kept={kept}
          keptHint={keptHint}
          errorOf={errorOf}
          change={setValues}
        />
        <details open={!!errorOf("id") || shown.more.some((f) => errorOf(nameOf(f))) || undefined}>
          <summary>{t("more")}</summary>
          <Stack mt="sm">
            <TextInput label={t("label")} description={t("labelHint")} value={label} maxLength={100} onChange={(e) => setLabel(e.currentTarget.value)} />
            <TextInput label={t("id")} description={t("idHint")} required readOnly={!!integration} value={id} error={errorOf("id")} onChange={(e) => setID(e.currentTarget.value)} />
            <Switch label={t("standardHint", { channel: t(`ch_${channel}` as Word) })} checked={standard} onChange={(e) => setStandard(e.currentTarget.checked)} />
            <Form fields={shown.more} all={fields} values={values} kept={kept} keptHint={keptHint} errorOf={errorOf} change={setValues} />
          </Stack>
        </details>
        <Group justify="space-between">
          {back ? (
            <Button variant="default" onClick={back}>
              {t("back")}
            </Button>
          ) : (
            <Button variant="default" onClick={() => integration && done(integration, {})}>
              {t("tests")}
            </Button>
          )}
          <Button type="submit" loading={save.isPending}>
            {t(integration ? "saveChanges" : "save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Done is what is left: the webhook at the provider, the test of the connection, a message to oneself. */
function Done({ provider, integration, secrets, close }: { provider: Provider; integration: Integration; secrets: Record<string, string>; close: () => void }) {
  const t = useWords(words);
  const test = useMutation({ mutationFn: () => given(api.POST("/api/v1/integrations/{id}/test", { params: { path: { id: integration.id } } })) });
  const kind = provider.channels.find((c) => c.channel === integration.channel)?.test_message ?? "";
  return (
    <Stack gap="lg">
      {provider.webhook && <Webhook hook={provider.webhook} address={integration.webhook_url} made={provider.fields.filter((f) => f.made)} secrets={secrets} />}
      <Stack gap="xs" align="flex-start">
        <Title order={3} size="h5">
          {t("testTitle")}
        </Title>
        <Text size="sm">{t("testWhy")}</Text>
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
          {t("testNow")}
        </Button>
        <div role="status" aria-live="polite">
          {test.data && <Alert color={test.data.ok ? "green" : "red"}>{test.data.message}</Alert>}
          <Refusal of={test.error} />
        </div>
      </Stack>
      <TestMessage integration={integration} kind={kind} />
      <Group justify="flex-end">
        <Button onClick={close}>{t("finish")}</Button>
      </Group>
    </Stack>
  );
}
