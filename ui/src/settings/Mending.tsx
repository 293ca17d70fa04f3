import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "wouter";

import { ApiError, type Schemas } from "../api/client";
import { useWords } from "../app/language";
import { Tangled } from "./workspace";
import { words } from "./words";

/** Mending says what these pages are a view of, and why a change was not made. */
export function Mending({ why, error }: { why?: string; error: Error | null }) {
  const t = useWords(words);
  const diagnostics = error instanceof ApiError ? ((error.details["diagnostics"] ?? []) as Schemas["Diagnostic"][]) : [];
  const text = (
    <Anchor component={Link} href="/settings/files" underline="always">
      {t("asText")}
    </Anchor>
  );
  return (
    <>
      {why && (
        <Text>
          {why} {text}
        </Text>
      )}
      {error && (
        <Alert color="red" role="alert" title={error instanceof Tangled ? t("tangled", { line: error.message }) : error.message}>
          {diagnostics.map((d) => (
            <Text size="sm" key={`${d.line} ${d.code}`}>
              {d.code} {t("place", { file: d.file ?? "", line: d.line ?? 0, message: d.message })}
            </Text>
          ))}
          {text}
        </Alert>
      )}
    </>
  );
}
