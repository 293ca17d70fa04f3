import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";

import { Refusal } from "../app/Refusal";
import { useWords } from "../app/language";
import { signIn, type WayIn } from "./session";
import { words } from "./words";

/** SignInForm asks for e-mail and password; done is called with a session begun. */
export function SignInForm({ email: known = "", done }: { email?: string; done: () => void }) {
  const t = useWords(words);
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const enter = useSignIn(done);
  const send = (e: FormEvent) => {
    e.preventDefault();
    enter.mutate({ email, password });
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <Refusal of={enter.error} />
        <TextInput label={t("email")} type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} data-autofocus={!known || undefined} />
        <PasswordInput
          label={t("password")}
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
        />
        <Button type="submit" loading={enter.isPending}>
          {t("signIn")}
        </Button>
        <Text size="sm" c="dimmed">
          {t("lost")}
        </Text>
      </Stack>
    </form>
  );
}

/** useSignIn tries a way in; the pages then know who it is. */
export function useSignIn(done: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (way: WayIn) => signIn(way),
    onSuccess: (session) => {
      queries.setQueryData(["session"], session);
      done();
    },
  });
}
