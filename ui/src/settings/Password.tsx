import { Alert, Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";

import { api, ApiError, given } from "../api/client";
import { useWords } from "../app/language";
import { Refusal } from "../app/Refusal";
import { words } from "./words";

/** Password changes one's own; everywhere else one is signed out. */
export default function Password() {
  const t = useWords(words);
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => given(api.POST("/api/v1/session/password", { body: { current, password } })),
    onSuccess: (session) => {
      queries.setQueryData(["session"], session);
      setCurrent("");
      setPassword("");
    },
  });
  const field = change.error instanceof ApiError ? change.error.details["field"] : undefined;
  const at = (name: string) => (field === name ? change.error?.message : undefined);
  const send = (e: FormEvent) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack maw={420}>
        <Text>{t("passwordWhy")}</Text>
        {!at("current") && !at("password") && <Refusal of={change.error} />}
        <PasswordInput
          label={t("currentPassword")}
          autoComplete="current-password"
          required
          value={current}
          error={at("current")}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword", { name: t("currentPassword") }) }}
          onChange={(e) => setCurrent(e.currentTarget.value)}
        />
        <PasswordInput
          label={t("newPassword")}
          description={t("passwordHint")}
          autoComplete="new-password"
          required
          value={password}
          error={at("password")}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword", { name: t("newPassword") }) }}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <Button type="submit" loading={change.isPending}>
          {t("changePassword")}
        </Button>
        <div role="status" aria-live="polite">
          {change.isSuccess && <Alert color="green">{t("passwordChanged")}</Alert>}
        </div>
      </Stack>
    </form>
  );
}
