import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";

import { useWords } from "../app/language";
import { words } from "./words";

/** Once shows a secret that is never shown again. */
export function Once({ title, why, label, secret, close }: { title: string; why: string; label: string; secret: string; close: () => void }) {
  const t = useWords(words);
  const clipboard = useClipboard();
  return (
    <Modal opened onClose={close} title={title} size="lg" closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        <Text>{why}</Text>
        <TextInput label={label} readOnly value={secret} onFocus={(e) => e.currentTarget.select()} data-autofocus />
        <Group justify="flex-end">
          <Button variant="default" onClick={() => clipboard.copy(secret)}>
            {t(clipboard.copied ? "copied" : "copy")}
          </Button>
          <Button onClick={close}>{t("close")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
