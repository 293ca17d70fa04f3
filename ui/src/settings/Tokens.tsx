import { Button, Group, Modal, Stack, Switch, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState, type FormEvent } from "react";

import { api, given, type Schemas } from "../api/client";
import { Refusal } from "../app/Refusal";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { When } from "../app/When";
import { Once } from "./Once";
import { words } from "./words";

type Token = Schemas["Token"];
type Scope = Schemas["Scope"];
const scopes: Scope[] = ["admin", "journeys", "contacts", "events", "messages", "read"];

/** Tokens lists the systems that may call the API, and lets more in. */
export default function Tokens() {
  const t = useWords(words);
  const queries = useQueryClient();
  const list = useQuery({ queryKey: ["tokens"], queryFn: async () => (await given(api.GET("/api/v1/tokens"))).items });
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState("");
  const [revoking, setRevoking] = useState<Token | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => given(api.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } })),
    onSuccess: () => setRevoking(null),
    onSettled: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  return (
    <Stack>
      <Group>
        <Button leftSection={<KeyRound size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t("newToken")}
        </Button>
      </Group>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      <div className="scroll-x" role="region" aria-label={t("tokens")} tabIndex={0}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("name")}</Table.Th>
              <Table.Th scope="col">{t("scopes")}</Table.Th>
              <Table.Th scope="col" className="wide">
                {t("created")}
              </Table.Th>
              <Table.Th scope="col" className="wide">
                {t("used")}
              </Table.Th>
              <Table.Th scope="col">
                <span className="visually-hidden">{t("actions")}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(list.data ?? []).map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Text fw={600}>{one.name}</Text>
                  {one.prefix && (
                    <Text size="xs" c="dimmed">
                      {one.prefix}…
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{one.scopes.join(", ")}</Table.Td>
                <Table.Td className="wide"><When at={one.created_at} /></Table.Td>
                <Table.Td className="wide">{one.last_used_at ? <When at={one.last_used_at} /> : t("unused")}</Table.Td>
                <Table.Td ta="right">
                  {one.revoked_at ? (
                    t("revoked")
                  ) : (
                    <Button variant="default" size="xs" aria-label={t("revokeOf", { name: one.name })} onClick={() => setRevoking(one)}>
                      {t("revoke")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {making && (
        <Make
          close={() => setMaking(false)}
          made={(made) => {
            setMaking(false);
            setSecret(made);
          }}
        />
      )}
      {secret && <Once title={t("newToken")} why={t("tokenWhy")} label={t("secret")} secret={secret} close={() => setSecret("")} />}
      {revoking && (
        <Modal opened onClose={() => setRevoking(null)} title={t("revokeOf", { name: revoking.name })} closeButtonProps={{ "aria-label": t("cancel") }}>
          <Stack>
            <Refusal of={revoke.error} />
            <Text>{t("revokeWhy")}</Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setRevoking(null)}>
                {t("cancel")}
              </Button>
              <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate(revoking.id)}>
                {t("revoke")}
              </Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </Stack>
  );
}

function Make({ close, made }: { close: () => void; made: (secret: string) => void }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [may, setMay] = useState<Scope[]>(["events"]);
  const make = useMutation({
    mutationFn: () => given(api.POST("/api/v1/tokens", { body: { name, scopes: may } })),
    onSuccess: (token) => made(token.token ?? ""),
    onSettled: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const send = (e: FormEvent) => {
    e.preventDefault();
    make.mutate();
  };
  return (
    <Modal opened onClose={close} title={t("newToken")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form onSubmit={send}>
        <Stack>
          <Refusal of={make.error} />
          <TextInput label={t("tokenName")} required value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
          <fieldset>
            <legend>{t("scopes")}</legend>
            <Stack gap="xs">
              {scopes.map((scope) => (
                <Switch key={scope} label={scope} checked={may.includes(scope)} onChange={(e) => setMay(e.currentTarget.checked ? [...may, scope] : may.filter((s) => s !== scope))} />
              ))}
            </Stack>
          </fieldset>
          <Button type="submit" loading={make.isPending} disabled={may.length === 0}>
            {t("newToken")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
