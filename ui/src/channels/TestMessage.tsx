import { Alert, Button, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";

import { api, ApiError, given, type Schemas } from "../api/client";
import { useWords } from "../app/language";
import { Refusal } from "../app/Refusal";
import { words } from "./words";

/** TestMessage sends one message to an address of the person's own; `kind` is what kind, "" where people write first. */
export function TestMessage({ integration, kind }: { integration: Schemas["Integration"]; kind: "" | "phone" | "email" }) {
  const t = useWords(words);
  const [to, setTo] = useState("");
  const [text, setText] = useState(t("messageText"));
  const [template, setTemplate] = useState<string | null>(null);
  const windowed = integration.channel === "whatsapp";
  const templates = useQuery({
    queryKey: ["templates", integration.id, "test"],
    queryFn: async () => (await given(api.GET("/api/v1/templates", { params: { query: { integration: integration.id } } }))).items,
    enabled: windowed,
  });
  // What needs nothing filled in; the server decides which of them it really sends.
  const plain = (templates.data ?? [])
    .filter((one) => one.channel === integration.channel && one.status === "approved" && one.params.length === 0)
    .map((one) => `${one.name} (${one.language})`);
  const send = useMutation({
    mutationFn: () => {
      const named = /^(.*) \((.*)\)$/.exec(template ?? "");
      const body = { to, ...(named ? { template: { name: named[1]!, language: named[2]! } } : { text }) };
      return given(api.POST("/api/v1/integrations/{id}/test-message", { params: { path: { id: integration.id } }, body }));
    },
  });
  const field = send.error instanceof ApiError ? send.error.details["field"] : undefined;
  const at = (name: string) => (field === name ? send.error?.message : undefined);
  const go = (e: FormEvent) => {
    e.preventDefault();
    send.mutate();
  };
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t("messageTitle")}
      </Title>
      {kind === "" ? (
        <Text size="sm">{t("writesFirst")}</Text>
      ) : (
        <form onSubmit={go}>
          <Stack gap="xs" align="stretch">
            <Text size="sm">{t(windowed ? "messageWindow" : "messageWhy")}</Text>
            <TextInput
              label={t(kind)}
              type={kind === "email" ? "email" : "tel"}
              placeholder={kind === "email" ? "ana@exemplo.com.br" : "+55 11 98765-4321"}
              required
              value={to}
              error={at("to")}
              onChange={(e) => setTo(e.currentTarget.value)}
            />
            {windowed && (
              <Select
                label={t("template")}
                description={plain.length === 0 ? t("noTemplates") : t("templateHint")}
                data={plain}
                value={template}
                clearable
                clearButtonProps={{ "aria-label": t("clear", { name: t("template") }) }}
                error={at("template")}
                onChange={setTemplate}
              />
            )}
            {!template && <Textarea label={t("text")} rows={2} maxLength={500} required value={text} error={at("text")} onChange={(e) => setText(e.currentTarget.value)} />}
            <Button type="submit" variant="default" loading={send.isPending} style={{ alignSelf: "flex-start" }}>
              {t("sendTest")}
            </Button>
            <div role="status" aria-live="polite">
              {send.data && <Alert color={send.data.ok ? "green" : send.data.unconfirmed ? "yellow" : "red"}>{send.data.message}</Alert>}
              {!at("to") && !at("text") && !at("template") && <Refusal of={send.error} />}
            </div>
          </Stack>
        </form>
      )}
    </Stack>
  );
}
