import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";

import { useWords } from "../app/language";
import { words } from "./words";

interface Asked {
  what: "pause" | "archive";
  name: string;
  inside: number;
  error: Error | null;
  busy: boolean;
  close: () => void;
  act: () => void;
}

/** Confirm says what pausing or archiving a journey means for people before it happens. */
export default function Confirm({ what, name, inside, error, busy, close, act }: Asked) {
  const t = useWords(words);
  return (
    <Modal opened onClose={close} title={t("confirm", { action: t(what), name })} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack>
        {error && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
        <Text>{what === "pause" ? t("pauseWhy", { n: inside }) : t("archiveWhy")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("cancel")}
          </Button>
          <Button onClick={act} loading={busy}>
            {t(what)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
