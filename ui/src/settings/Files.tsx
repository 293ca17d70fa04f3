import { Alert, Button, Group, Loader, Select, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, ApiError, given, type Schemas } from "../api/client";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { useMay } from "../session/session";
import { words } from "./words";

const first = "workspace.yaml";
const beginning = `workspace: minha_empresa
timezone: America/Sao_Paulo

# O que sabemos de um contato. \`?\` quer dizer: pode faltar.
contact:
  first_name: string
  phone: string?

# O que o seu sistema conta.
events: {}
`;

/** Files edits the workspace's files as text; the server checks them before they count. */
export default function Files() {
  const t = useWords(words);
  const may = useMay();
  const queries = useQueryClient();
  const stored = useQuery({ queryKey: ["workspace"], queryFn: () => given(api.GET("/api/v1/workspace/files")) });
  const [chosen, setChosen] = useState(first);
  // What was written and not saved, with what stood on the server then.
  const [edits, setEdits] = useState<Record<string, { text: string; over: string }>>({});
  const save = useMutation({
    mutationFn: (files: Record<string, string>) => given(api.PUT("/api/v1/workspace/files", { body: { files } })),
    onSuccess: (kept) => {
      queries.setQueryData(["workspace"], kept);
      setEdits({});
    },
  });
  if (stored.error) return <Failed error={stored.error} again={() => void stored.refetch()} />;
  if (!stored.data) return <Loader role="status" aria-label={t("files")} />;
  const files = stored.data.files;
  const names = [...new Set([...Object.keys(files), ...Object.keys(edits)])].sort();
  if (names.length === 0) {
    return (
      <Stack align="flex-start">
        <Text>{t("noFiles")}</Text>
        {may("journeys") && <Button onClick={() => setEdits({ [first]: { text: beginning, over: "" } })}>{t("begin")}</Button>}
      </Stack>
    );
  }
  const name = names.includes(chosen) ? chosen : names[0]!;
  const edit = edits[name];
  const there = files[name] ?? "";
  const diagnostics = save.error instanceof ApiError ? ((save.error.details["diagnostics"] ?? []) as Schemas["Diagnostic"][]) : [];
  const dirty = Object.keys(edits).length > 0;
  return (
    <Stack>
      <Text>{t("filesWhy")}</Text>
      <Select label={t("file")} data={names} value={name} allowDeselect={false} onChange={(v) => setChosen(v ?? first)} maw={360} />
      {edit && edit.over !== there && <Alert color="yellow">{t("changed")}</Alert>}
      <Textarea
        className="yaml"
        aria-label={name}
        rows={24}
        spellCheck={false}
        readOnly={!may("journeys")}
        value={edit?.text ?? there}
        onChange={(e) => {
          const text = e.currentTarget.value;
          setEdits((all) => ({ ...all, [name]: { text, over: all[name]?.over ?? there } }));
        }}
      />
      <div role="status" aria-live="polite">
        {save.isSuccess && !dirty && <Text>{t("saved")}</Text>}
        {save.error && (
          <Alert color="red" title={save.error.message}>
            {diagnostics.map((d) => (
              <Text size="sm" key={`${d.file} ${d.line} ${d.code}`}>
                {d.code} {t("place", { file: d.file ?? "", line: d.line ?? 0, message: d.message })}
              </Text>
            ))}
          </Alert>
        )}
      </div>
      {may("journeys") && (
        <Group>
          <Button
            disabled={!dirty}
            loading={save.isPending}
            onClick={() => save.mutate({ ...files, ...Object.fromEntries(Object.entries(edits).map(([file, e]) => [file, e.text])) })}
          >
            {t("save")}
          </Button>
          {dirty && (
            <Button
              variant="default"
              onClick={() => {
                setEdits({});
                save.reset();
              }}
            >
              {t("cancel")}
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}
