import { Text } from "@mantine/core";

import { useWords } from "../../../app/language";
import { useForm } from "../context";
import { PairsField } from "../fields/PairsField";
import { mapping } from "../plain";
import type { VerbProps } from "./forms";
import { words } from "./words";

export function SetForm({ path, names }: VerbProps) {
  const t = useWords(words);
  const vars = Object.keys(mapping(useForm().get(["vars"])));
  return (
    <>
      {vars.length === 0 && <Text size="sm" c="dimmed">{t("no_vars")}</Text>}
      <PairsField label={t("values")} path={path} names={names} keys={vars} closed={vars.length > 0} />
    </>
  );
}
