import { Button, SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../../app/language";
import { setValue, setYaml } from "../../../document/edits";
import { useForm } from "../context";
import { ContentField } from "../fields/ContentField";
import { CountField } from "../fields/Plain";
import { DurationField } from "../fields/DurationField";
import type { Named } from "../names";
import { flow, mapping, words as written } from "../plain";
import { converted, filledIn } from "./convert";
import { MediaField } from "./MediaField";
import { ReactionField } from "./ReactionField";
import type { Route } from "./routes";
import { TemplateForm } from "./TemplateForm";
import { words } from "./words";

/** RouteForm is what one channel says, and how long its delivery is waited for. */
export function RouteForm({ route, names, last, onRemove }: { route: Route; names: readonly Named[]; last: boolean; onRemove?: () => void }) {
  const t = useWords(words);
  const form = useForm();
  const owner = route.path.slice(0, -1);
  const channel = form.schema?.channels.find((c) => c.channel === route.channel);
  const change = (to: string) => {
    const next = form.schema?.channels.find((c) => c.channel === to);
    if (!next || to === route.channel) return;
    form.change(t("channel"), (text) => setYaml(text, [...owner, to], flow(converted(route.message, next))), (text) => setValue(text, route.path, undefined));
  };
  return (
    <fieldset>
      <legend>{route.nth === 0 ? t("route_first") : t("route_next", { n: route.nth })}</legend>
      <div role="group" aria-label={t("channel")} className="form-chips">
        {form.schema?.channels.map((c) => (
          <Button key={c.channel} size="compact-xs" variant={c.channel === route.channel ? "light" : "default"} aria-pressed={c.channel === route.channel} onClick={() => change(c.channel)}>
            {c.title}
          </Button>
        ))}
      </div>
      {channel && <MessageFields key={route.channel} route={route} names={names} alone={last && route.nth === 0} />}
      {!last && <DurationField label={t("within")} hint={t("within_hint")} path={[...owner, "within"]} unit="m" placeholder="15" />}
      {onRemove && <Button variant="subtle" color="red" size="compact-xs" onClick={onRemove}>{t("remove_route", { n: route.nth })}</Button>}
    </fieldset>
  );
}

type Mode = "template" | "text" | "reaction";

/** MessageFields is the message itself; `alone` is one that nothing else is tried after. */
function MessageFields({ route, names, alone }: { route: Route; names: readonly Named[]; alone: boolean }) {
  const t = useWords(words);
  const form = useForm();
  const { path, message } = route;
  const channel = form.schema?.channels.find((c) => c.channel === route.channel);
  const hasTemplate = message.template !== undefined;
  const reacts = message.reaction !== undefined;
  const [wish, setWish] = useState<Mode>();
  const mode: Mode = hasTemplate || wish === "template" ? "template" : reacts ? "reaction" : "text";
  const chosen = form.templates.find((x) => x.channel === route.channel && x.name === written(message.template));
  // A reaction asks nothing, and nobody learns whether it arrived.
  const mayReact = reacts || (alone && path.at(-2) === "send" && (channel?.reactions.length ?? 0) > 0);
  const modes = [...(channel?.templates ? ["template" as const] : []), "text" as const, ...(mayReact ? ["reaction" as const] : [])];
  const choose = (next: Mode) => {
    setWish(next);
    if (next === "reaction" && !reacts) form.put(path, { reaction: "👍" });
    if (next === "text" && reacts) form.put(path, { text: "" });
    if (next === "text" && hasTemplate) {
      const said = chosen ? filledIn(chosen, mapping(message.params)) : "";
      form.put(path, channel?.letter ? { subject: chosen?.subject ?? "", markdown: said } : { text: said });
    }
  };
  return (
    <>
      {modes.length > 1 && <SegmentedControl size="xs" aria-label={t("how")} value={mode} data={modes.map((m) => ({ value: m, label: t(`as_${m}`) }))} onChange={(v) => choose(v as Mode)} />}
      {mode === "template" && channel?.templates ? (
        <TemplateForm label={t("template")} path={path} channel={route.channel} names={names} />
      ) : mode === "reaction" ? (
        <ReactionField path={[...path, "reaction"]} providers={channel?.reactions ?? []} />
      ) : channel?.letter ? (
        <>
          <ContentField label={t("subject")} path={[...path, "subject"]} names={names} required />
          <ContentField label={t("markdown")} path={[...path, "markdown"]} names={names} required area rows={6} />
        </>
      ) : (
        <>
          <ContentField label={t("text")} path={[...path, "text"]} names={names} required={message.media === undefined} area autoFocus={wish === "text"} />
          {channel?.media && <MediaField path={[...path, "media"]} names={names} />}
          {(channel?.footer ?? 0) > 0 && <ContentField label={t("footer")} path={[...path, "footer"]} names={[]} />}
          {channel?.segments && <CountField label={t("segments")} path={[...path, "segments"]} min={1} max={10} placeholder="1" />}
          {channel?.approved && <ClosedForm route={route} names={names} />}
        </>
      )}
    </>
  );
}

/** ClosedForm is the template that goes when the window is closed. */
function ClosedForm({ route, names }: { route: Route; names: readonly Named[] }) {
  const t = useWords(words);
  const form = useForm();
  const [open, setOpen] = useState(false);
  const path = [...route.path, "closed"];
  if (route.message.closed === undefined && !open) {
    return <Button variant="light" size="compact-sm" onClick={() => setOpen(true)}>{t("closed_add")}</Button>;
  }
  return (
    <fieldset>
      <legend>{t("closed")}</legend>
      <TemplateForm label={t("template")} path={path} channel={route.channel} names={names} />
      <Button
        variant="subtle"
        color="red"
        size="compact-xs"
        onClick={() => {
          setOpen(false);
          form.set(path, undefined);
        }}
      >
        <Text component="span" size="xs">{t("closed_remove")}</Text>
      </Button>
    </fieldset>
  );
}
