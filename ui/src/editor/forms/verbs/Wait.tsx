import { NativeSelect } from "@mantine/core";

import { useWords } from "../../../app/language";
import { setYaml } from "../../../document/edits";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { DurationField } from "../fields/DurationField";
import { MomentField } from "../fields/MomentField";
import { ChoiceField } from "../fields/Plain";
import { flow, mapping, words as written } from "../plain";
import type { VerbProps } from "./forms";
import { WaitEvents } from "./WaitEvents";
import { words } from "./words";

const kinds = ["for", "until", "schedule", "events"] as const;
type Kind = (typeof kinds)[number];

export function WaitForm({ step, path, names }: VerbProps) {
  const t = useWords(words);
  const form = useForm();
  const body = mapping(step.body);
  const kind = kinds.find((k) => body[k] !== undefined);
  const begin: Record<Kind, string> = {
    for: "{for: 1h}",
    until: flow({ until: names.find((n) => n.type === "time" && n.path.startsWith("inputs."))?.path ?? "now" }),
    schedule: flow({ schedule: form.schema?.schedules[0] ?? "business_hours" }),
    events: flow({ events: { replied: { reply: form.schema?.channels[0]?.channel ?? "whatsapp" } }, timeout: "1d" }),
  };
  const schedules = form.schema?.schedules ?? [];
  return (
    <>
      <NativeSelect
        label={t("wait_how")}
        value={kind ?? ""}
        data={[...(kind ? [] : [{ value: "", label: "—" }]), ...kinds.map((k) => ({ value: k, label: t(`wait_${k}`) }))]}
        onChange={(e) => {
          const next = e.currentTarget.value as Kind;
          form.change(t("wait"), (text) => setYaml(text, path, begin[next]));
        }}
      />
      {kind === "for" && <DurationField label={t("length")} path={[...path, "for"]} />}
      {kind === "until" && (
        <>
          <MomentField label={t("date")} path={[...path, "until"]} names={names} />
          <OffsetField path={[...path, "offset"]} />
        </>
      )}
      {kind === "schedule" && <ChoiceField label={t("schedule")} path={[...path, "schedule"]} choices={schedules.map((s) => [s, s] as const)} {...(schedules.length === 0 ? { hint: t("no_schedules") } : {})} />}
      {kind === "events" && (
        <>
          <WaitEvents step={step} path={[...path, "events"]} />
          <DurationField label={t("give_up")} path={[...path, "timeout"]} unit="d" />
          <MomentField label={t("until_moment")} path={[...path, "deadline"]} names={names} />
        </>
      )}
    </>
  );
}

/** OffsetField is so long before (-24h) or after (2h) a date. */
function OffsetField({ path }: { path: Path }) {
  const t = useWords(words);
  const form = useForm();
  const value = written(form.get(path));
  const sign = value === "" ? "" : value.startsWith("-") ? "-" : "+";
  const bare = value.replace(/^[-+]/, "");
  const choose = (next: string) => form.set(path, next === "" ? undefined : `${next === "-" ? "-" : ""}${bare || "1d"}`);
  return (
    <div className="form-row">
      <NativeSelect className="grow" label={t("offset")} value={sign} data={[{ value: "", label: t("offset_none") }, { value: "-", label: t("offset_before") }, { value: "+", label: t("offset_after") }]} onChange={(e) => choose(e.currentTarget.value)} />
      {sign !== "" && <DurationField label={t("offset_length")} path={path} sign={sign === "-" ? "-" : ""} />}
    </div>
  );
}
