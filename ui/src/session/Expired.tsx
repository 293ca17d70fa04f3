import { Modal, Stack, Text } from "@mantine/core";

import { useWords } from "../app/language";
import { SignInForm } from "./SignInForm";
import { words } from "./words";

/** Expired asks for the password above the page on which a session ended. */
export default function Expired({ email, done }: { email: string; done: () => void }) {
  const t = useWords(words);
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t("expired")}>
      <Stack>
        <Text>{t("expiredWhy")}</Text>
        <SignInForm email={email} done={done} />
      </Stack>
    </Modal>
  );
}
