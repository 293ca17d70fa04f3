import { ActionIcon, Menu, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Archive, ArchiveRestore, Copy, MoreHorizontal, Pause, Play } from "lucide-react";
import { Suspense, useState } from "react";
import { useLocation } from "wouter";

import { useWords } from "../app/language";
import { later } from "../app/later";
import { useMay } from "../session/session";
import { create, sourceOf, steer, type JourneyLine, type Steer } from "./api";
import { idFor, nameIn, renamed } from "./names";
import { words } from "./words";

const Confirm = later(() => import("./Confirm"));

/** JourneyMenu is what can be done with one journey of the list. */
export function JourneyMenu({ journey: j, all }: { journey: JourneyLine; all: JourneyLine[] }) {
  const t = useWords(words);
  const may = useMay();
  const [, go] = useLocation();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"pause" | "archive" | null>(null);
  const name = j.name || j.id;
  const act = useMutation({
    mutationFn: (what: Steer) => steer(j.id, what),
    onSuccess: () => setAsking(null),
    onSettled: () => queries.invalidateQueries({ queryKey: ["journeys"] }),
  });
  const copy = useMutation({
    mutationFn: async () => {
      const source = await sourceOf(j.id);
      const called = t("copyOf", { name: nameIn(source) || name });
      const id = idFor(`${j.id}_2`.replace(/_2_2$/, "_2"), all.map((one) => one.id));
      await create(id, renamed(source, id, called));
      return id;
    },
    onSuccess: (id) => go(`/journeys/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ["journeys"] }),
  });
  if (!may("journeys")) return null;
  const error = act.error ?? copy.error;
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" size="lg" aria-label={t("actionsOf", { name })} loading={copy.isPending}>
            <MoreHorizontal size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Copy size={14} aria-hidden />} onClick={() => copy.mutate()}>
            {t("duplicate")}
          </Menu.Item>
          {j.status === "live" && (
            <Menu.Item leftSection={<Pause size={14} aria-hidden />} onClick={() => setAsking("pause")}>
              {t("pause")}
            </Menu.Item>
          )}
          {j.status === "paused" && (
            <Menu.Item leftSection={<Play size={14} aria-hidden />} onClick={() => act.mutate("resume")}>
              {t("resume")}
            </Menu.Item>
          )}
          {j.status === "archived" && (
            <Menu.Item leftSection={<ArchiveRestore size={14} aria-hidden />} onClick={() => act.mutate("unarchive")}>
              {t("unarchive")}
            </Menu.Item>
          )}
          {j.status !== "archived" && (
            <Menu.Item leftSection={<Archive size={14} aria-hidden />} onClick={() => setAsking("archive")}>
              {t("archive")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {asking && <Confirm what={asking} name={name} inside={j.inside} error={act.error} busy={act.isPending} close={() => setAsking(null)} act={() => act.mutate(asking)} />}
      </Suspense>
      {error && !asking && (
        <Text size="xs" role="alert" className="problem">
          {error.message}
        </Text>
      )}
    </>
  );
}
