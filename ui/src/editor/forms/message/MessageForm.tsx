import { Button } from "@mantine/core";
import { Plus } from "lucide-react";

import { useWords } from "../../../app/language";
import { insertStep, setYaml } from "../../../document/edits";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { SwitchField } from "../fields/Plain";
import type { Named } from "../names";
import { flow, list, mapping } from "../plain";
import { RouteForm } from "./RouteForm";
import { routes } from "./routes";
import { words } from "./words";

/** MessageForm is what `send` and `ask` share: the first channel, then the fallbacks. */
export function MessageForm({ path, names }: { path: Path; names: readonly Named[] }) {
  const t = useWords(words);
  const form = useForm();
  const body = form.get(path);
  const channels = form.schema?.channels ?? [];
  const found = routes(body, path, channels.map((c) => c.channel));
  const fallbacks = list(mapping(body).fallback).length;
  const add = () => {
    const used = found.map((r) => r.channel);
    const next = channels.find((c) => !used.includes(c.channel)) ?? channels[0];
    if (!next) return;
    const route = flow({ [next.channel]: next.letter ? { subject: "", markdown: "" } : { text: "" } });
    const at = [...path, "fallback"];
    form.change(t("add_route"), (text) => (fallbacks === 0 ? setYaml(text, at, `[${route}]`) : insertStep(text, { list: at, index: fallbacks }, route)));
  };
  return (
    <>
      {found.map((r) => (
        <RouteForm
          key={r.nth}
          route={r}
          names={names}
          last={r.nth === fallbacks}
          {...(r.nth > 0 ? { onRemove: () => form.set(fallbacks === 1 ? [...path, "fallback"] : [...path, "fallback", r.nth - 1], undefined) } : {})}
        />
      ))}
      <Button variant="light" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>{t("add_route")}</Button>
      <SwitchField label={t("urgent")} path={[...path, "urgent"]} />
    </>
  );
}
