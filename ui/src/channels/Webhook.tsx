import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";

import type { Schemas } from "../api/client";
import { useWords } from "../app/language";
import { nameOf, type Field } from "./fields";
import { words } from "./words";

/** Webhook says what to do at the provider so that replies and statuses come, with what is copied there. */
export function Webhook({ hook, address, made, secrets }: { hook: NonNullable<Schemas["Provider"]["webhook"]>; address: string; made: Field[]; secrets: Record<string, string> }) {
  const t = useWords(words);
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t("webhookTitle")}
      </Title>
      <Text size="sm">{hook.enter}</Text>
      <Copied label={t("webhook")} value={address} />
      {made.filter((f) => secrets[f.key]).map((f) => (
        <Copied key={nameOf(f)} label={t("onceOf", { name: f.label })} value={secrets[f.key]!} />
      ))}
      <Text size="sm" c="dimmed">
        {hook.proof}
      </Text>
    </Stack>
  );
}

function Copied({ label, value }: { label: string; value: string }) {
  const t = useWords(words);
  const clipboard = useClipboard();
  return (
    <Group align="flex-end" wrap="nowrap" gap="xs">
      <TextInput flex={1} label={label} readOnly value={value} onFocus={(e) => e.currentTarget.select()} />
      <Button variant="default" aria-label={t(clipboard.copied ? "copied" : "copyOf", { name: label })} onClick={() => clipboard.copy(value)}>
        {t(clipboard.copied ? "copied" : "copy")}
      </Button>
    </Group>
  );
}
