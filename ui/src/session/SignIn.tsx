import { Alert, Title } from "@mantine/core";

import { useWords } from "../app/language";
import { Door } from "./Door";
import { useSession } from "./session";
import { SignInForm } from "./SignInForm";
import { words } from "./words";

/** SignIn is the page before all others. */
export default function SignIn() {
  const t = useWords(words);
  const session = useSession();
  return (
    <Door>
      <Title order={1}>{t("title")}</Title>
      {session.error && <Alert color="red">{session.error.message}</Alert>}
      {session.data?.setup && <Alert color="blue">{t("setup")}</Alert>}
      <SignInForm done={() => {}} />
    </Door>
  );
}
