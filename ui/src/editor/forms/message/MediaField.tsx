import { NativeSelect } from "@mantine/core";

import { useWords } from "../../../app/language";
import type { Path } from "../../../document/types";
import { useForm } from "../context";
import { ContentField } from "../fields/ContentField";
import type { Named } from "../names";
import { mapping, words as written } from "../plain";
import { words } from "./words";

const kinds = ["image", "document", "video"] as const;

/** MediaField is a picture, document or video by its address. */
export function MediaField({ path, names }: { path: Path; names: readonly Named[] }) {
  const t = useWords(words);
  const form = useForm();
  const media = mapping(form.get(path));
  const kind = kinds.find((k) => media[k] !== undefined);
  return (
    <>
      <NativeSelect
        label={t("media")}
        value={kind ?? ""}
        data={[{ value: "", label: t("media_none") }, ...kinds.map((k) => ({ value: k, label: t(k) }))]}
        onChange={(e) => {
          const next = e.currentTarget.value;
          if (next === "") form.set(path, undefined);
          else form.put(path, { [next]: kind ? written(media[kind]) : "https://" });
        }}
      />
      {kind && <ContentField label={t("media_url")} path={[...path, kind]} names={names} required />}
    </>
  );
}
