import { ActionIcon, Alert, Button, Group, Menu, Modal, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MoreHorizontal, UserPlus } from "lucide-react";
import { useState, type FormEvent } from "react";

import { api, given, type Schemas } from "../api/client";
import { Refusal } from "../app/Refusal";
import { useWords } from "../app/language";
import { Failed } from "../app/Mishap";
import { Tag } from "../app/Tag";
import { When } from "../app/When";
import { Once } from "./Once";
import { words } from "./words";

type User = Schemas["User"];
type Role = Schemas["Role"];
const roles: Role[] = ["administrator", "author", "operator", "viewer"];

/** People lists who signs in, adds more, and changes what they may. */
export default function People() {
  const t = useWords(words);
  const queries = useQueryClient();
  const list = useQuery({ queryKey: ["users"], queryFn: async () => (await given(api.GET("/api/v1/users"))).items });
  const [adding, setAdding] = useState(false);
  const [link, setLink] = useState("");
  const settled = { onSettled: () => queries.invalidateQueries({ queryKey: ["users"] }) };
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: string; role?: Role; disabled?: boolean }) => given(api.PATCH("/api/v1/users/{id}", { params: { path: { id } }, body })),
    ...settled,
  });
  const renew = useMutation({
    mutationFn: (id: string) => given(api.POST("/api/v1/users/{id}/link", { params: { path: { id } } })),
    onSuccess: (made) => setLink(made.link),
    ...settled,
  });
  const error = change.error ?? renew.error;
  return (
    <Stack>
      <Group>
        <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
          {t("addPerson")}
        </Button>
      </Group>
      {list.error && <Failed error={list.error} again={() => void list.refetch()} />}
      {error && (
        <Alert color="red" role="alert">
          {error.message}
        </Alert>
      )}
      <div className="scroll-x" role="region" aria-label={t("people")} tabIndex={0}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("name")}</Table.Th>
              <Table.Th scope="col">{t("role")}</Table.Th>
              <Table.Th scope="col" className="wide">
                {t("seen")}
              </Table.Th>
              <Table.Th scope="col">
                <span className="visually-hidden">{t("actions")}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(list.data ?? []).map((u: User) => (
              <Table.Tr key={u.id}>
                <Table.Td>
                  <Text fw={600}>{u.name}</Text>
                  <Text size="sm" c="dimmed">
                    {u.email}
                  </Text>
                  {u.disabled_at ? (
                    <Tag look="bad">{t("disabled")}</Tag>
                  ) : (
                    !u.has_password && <Tag look="care">{t("noPassword")}</Tag>
                  )}
                </Table.Td>
                <Table.Td>
                  <Select
                    aria-label={t("roleOf", { name: u.name })}
                    data={roles.map((r) => ({ value: r, label: t(r) }))}
                    value={u.role}
                    miw={150}
                    allowDeselect={false}
                    disabled={change.isPending}
                    onChange={(role) => role && role !== u.role && change.mutate({ id: u.id, role: role as Role })}
                  />
                </Table.Td>
                <Table.Td className="wide">{u.seen_at ? <When at={u.seen_at} /> : t("never")}</Table.Td>
                <Table.Td ta="right">
                  <Menu position="bottom-end" withinPortal>
                    <Menu.Target>
                      <ActionIcon variant="subtle" size="lg" aria-label={t("actionsOf", { name: u.name })}>
                        <MoreHorizontal size={18} aria-hidden />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      {!u.disabled_at && <Menu.Item onClick={() => renew.mutate(u.id)}>{t("newLink")}</Menu.Item>}
                      <Menu.Item onClick={() => change.mutate({ id: u.id, disabled: !u.disabled_at })}>{t(u.disabled_at ? "enable" : "disable")}</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {adding && (
        <Add
          close={() => setAdding(false)}
          made={(made) => {
            setAdding(false);
            setLink(made);
          }}
        />
      )}
      {link && <Once title={t("link")} why={t("linkWhy")} label={t("link")} secret={link} close={() => setLink("")} />}
    </Stack>
  );
}

function Add({ close, made }: { close: () => void; made: (link: string) => void }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("author");
  const add = useMutation({
    mutationFn: () => given(api.POST("/api/v1/users", { body: { name, email, role } })),
    onSuccess: (u) => made(u.link ?? ""),
    onSettled: () => queries.invalidateQueries({ queryKey: ["users"] }),
  });
  const send = (e: FormEvent) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <Modal opened onClose={close} title={t("addPerson")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form onSubmit={send}>
        <Stack>
          <Refusal of={add.error} />
          <TextInput label={t("name")} required value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
          <TextInput label={t("email")} type="email" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
          <Select
            label={t("role")}
            description={t(`${role}Why`)}
            data={roles.map((r) => ({ value: r, label: t(r) }))}
            value={role}
            allowDeselect={false}
            onChange={(v) => setRole((v as Role | null) ?? "viewer")}
          />
          <Button type="submit" loading={add.isPending}>
            {t("add")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
