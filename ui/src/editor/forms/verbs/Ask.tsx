import { NativeSelect } from "@mantine/core";

import { useWords } from "../../../app/language";
import { setValue, setYaml } from "../../../document/edits";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { ContentField } from "../fields/ContentField";
import { DurationField } from "../fields/DurationField";
import { MomentField } from "../fields/MomentField";
import { ChoiceField, CountField, LabelField } from "../fields/Plain";
import { PairsField } from "../fields/PairsField";
import { MessageForm } from "../message/MessageForm";
import { OptionsForm } from "../message/OptionsForm";
import { words as messageWords } from "../message/words";
import { flow, mapping } from "../plain";
import type { VerbProps } from "./forms";

const kinds = ["options", "scale", "accept"] as const;
type Kind = (typeof kinds)[number];

/** What a kind of answer begins as. */
const fresh: Record<Kind, string> = { options: flow([{ id: "sim", title: "Sim" }, { id: "nao", title: "Não" }]), scale: "csat", accept: "text" };

export function AskForm({ step, path, names }: VerbProps) {
  const t = useWords(messageWords);
  const form = useForm();
  const body = mapping(step.body);
  const kind = kinds.find((k) => body[k] !== undefined);
  const choose = (next: Kind) =>
    form.change(
      t("answer"),
      (text) => setYaml(text, [...path, next], fresh[next]),
      ...[...kinds.filter((k) => k !== next), ...(next === "scale" ? [] : ["bands"])].filter((k) => body[k] !== undefined).map((k) => (text: string) => setValue(text, [...path, k], undefined)),
    );
  return (
    <>
      <MessageForm path={path} names={names} />
      <NativeSelect
        label={t("answer")}
        value={kind ?? ""}
        data={[...(kind ? [] : [{ value: "", label: "—" }]), ...kinds.map((k) => ({ value: k, label: t(`by_${k}`) }))]}
        onChange={(e) => e.currentTarget.value !== "" && choose(e.currentTarget.value as Kind)}
      />
      {kind === "options" && <OptionsForm path={path} step={step.path} />}
      {kind === "scale" && <ScaleForm path={path} />}
      {kind === "accept" && (
        <ChoiceField label={t("accept")} path={[...path, "accept"]} choices={(form.schema?.accept ?? []).map((k) => [k, `accept_${k}` in messageWords ? t(`accept_${k}` as "accept_text") : k] as const)} />
      )}
      <fieldset>
        <legend>{t("waiting")}</legend>
        <DurationField label={t("timeout")} path={[...path, "timeout"]} />
        <MomentField label={t("deadline")} path={[...path, "deadline"]} names={names} />
        <CountField label={t("retries")} path={[...path, "retries"]} min={0} max={5} placeholder="0" />
        {body.retries !== undefined && <ContentField label={t("reprompt")} path={[...path, "reprompt"]} names={names} area rows={2} />}
        <LabelField label={t("survey")} path={[...path, "survey"]} />
      </fieldset>
    </>
  );
}

function ScaleForm({ path }: { path: Path }) {
  const t = useWords(messageWords);
  const form = useForm();
  const at = [...path, "scale"];
  const scale = form.get(at);
  const custom = scale !== null && typeof scale === "object";
  return (
    <>
      <NativeSelect
        label={t("scale")}
        value={custom ? "custom" : String(scale)}
        data={(["csat", "nps", "custom"] as const).map((k) => ({ value: k, label: t(k) }))}
        onChange={(e) => (e.currentTarget.value === "custom" ? form.put(at, { min: 1, max: 5 }) : form.put(at, e.currentTarget.value))}
      />
      {custom && (
        <>
          <div className="form-row">
            <CountField label={t("min")} path={[...at, "min"]} min={0} max={100} />
            <CountField label={t("max")} path={[...at, "max"]} min={1} max={100} />
          </div>
          <ContentField label={t("low")} path={[...at, "low"]} names={[]} />
          <ContentField label={t("high")} path={[...at, "high"]} names={[]} />
        </>
      )}
      <PairsField label={t("bands")} path={[...path, "bands"]} names={[]} />
    </>
  );
}
