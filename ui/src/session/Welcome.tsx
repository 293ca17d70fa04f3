import { Alert, Button, PasswordInput, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";

import { Refusal } from "../app/Refusal";
import { useWords } from "../app/language";
import { Door } from "./Door";
import { useSignIn } from "./SignInForm";
import { words } from "./words";

// The secret stands behind the #: it went to no server, and leaves the address bar now.
const link = window.location.pathname === "/welcome" ? window.location.hash.slice(1) : "";
if (link) window.history.replaceState(null, "", "/welcome");

/** Welcome is where an invitation's link leads: the person chooses a password. */
export default function Welcome() {
  const t = useWords(words);
  const [, go] = useLocation();
  const [first, setFirst] = useState(false);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const enter = useSignIn(() => go("/journeys", { replace: true }));
  const send = (e: FormEvent) => {
    e.preventDefault();
    enter.mutate({ link, password, ...(first ? { name, email } : {}) });
  };
  return (
    <Door>
      <Title order={1}>{t("welcome")}</Title>
      {link ? (
        <form onSubmit={send}>
          <Stack>
            <Text>{t("welcomeWhy")}</Text>
            <Refusal of={enter.error} />
            <Switch label={t("first")} checked={first} onChange={(e) => setFirst(e.currentTarget.checked)} />
            {first && (
              <>
                <TextInput label={t("name")} autoComplete="name" required value={name} onChange={(e) => setName(e.currentTarget.value)} />
                <TextInput label={t("email")} type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
              </>
            )}
            <PasswordInput
              label={t("password")}
              description={t("passwordHint")}
              autoComplete="new-password"
              required
              value={password}
              onChange={(e) => setPassword(e.currentTarget.value)}
              visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
            />
            <Button type="submit" loading={enter.isPending}>
              {t("choose")}
            </Button>
          </Stack>
        </form>
      ) : (
        <Alert color="yellow">{t("noLink")}</Alert>
      )}
    </Door>
  );
}
