import { Button } from "@mantine/core";

import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { DurationField } from "../fields/DurationField";
import { CountField, LabelField } from "../fields/Plain";
import { mapping } from "../plain";
import { words } from "./words";

/** DeliveryForm is when and how often messages may go. */
export function DeliveryForm() {
  const t = useWords(words);
  const form = useForm();
  const delivery = mapping(form.get(["delivery"]));
  const hours = ["delivery", "send_window"];
  const cap = ["delivery", "frequency_cap"];
  return (
    <fieldset>
      <legend>{t("delivery")}</legend>
      {delivery.send_window === undefined ? (
        <Button variant="light" size="compact-sm" onClick={() => form.put(hours, { days: "mon-sat", from: "09:00", to: "20:00" })}>{t("add_window")}</Button>
      ) : (
        <>
          {Array.isArray(mapping(delivery.send_window).days) ? null : <LabelField label={t("days")} path={[...hours, "days"]} />}
          <div className="form-row">
            <LabelField label={t("from")} path={[...hours, "from"]} required />
            <LabelField label={t("to")} path={[...hours, "to"]} required />
          </div>
          <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set(hours, undefined)}>{t("remove", { name: t("send_window") })}</Button>
        </>
      )}
      <DurationField label={t("hold_max")} path={["delivery", "hold_max"]} placeholder="24" />
      {delivery.frequency_cap === undefined ? (
        <Button variant="light" size="compact-sm" h="auto" mih={26} py={6} styles={{ label: { whiteSpace: "normal" } }} onClick={() => form.put(cap, { max: 2, per: "7d" })}>{t("add_cap")}</Button>
      ) : (
        <>
          <CountField label={t("cap_max")} path={[...cap, "max"]} min={1} max={1000} />
          <DurationField label={t("cap_per")} path={[...cap, "per"]} unit="d" />
          <Button variant="subtle" color="red" size="compact-xs" onClick={() => form.set(cap, undefined)}>{t("remove", { name: t("cap") })}</Button>
        </>
      )}
    </fieldset>
  );
}
