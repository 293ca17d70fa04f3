import { Suspense, useState } from "react";

import { useWords } from "../app/language";
import { later } from "../app/later";
import { useDocument } from "../document/store";
import { Dialog } from "./Dialog";
import { words } from "./words";

const TextDiff = later(() => import("../publish/TextDiff"));

/** Published tells that another text went live since this draft began, and brings it in. */
export function Published() {
  const t = useWords(words);
  const published = useDocument((d) => d.published);
  const include = useDocument((d) => d.include);
  const text = useDocument((d) => d.text);
  const [looking, setLooking] = useState(false);
  if (!published) return null;
  const says = published.origin ? t("changedInGit", { origin: published.origin }) : t("changedElsewhere");
  const take = (how: "joined" | "instead") => {
    setLooking(false);
    include(how);
  };
  const choices = (
    <>
      <button type="button" className="text-button" data-first onClick={() => take("joined")}>
        {t("join")}
      </button>
      <button type="button" className="text-button" onClick={() => take("instead")}>
        {t("takePublished")}
      </button>
    </>
  );
  return (
    <div className="editor-banner" role="alert">
      {says}
      <button type="button" className="text-button" onClick={() => setLooking(true)}>
        {t("seeDifference")}
      </button>
      {choices}
      {looking && (
        <Dialog title={t("differenceTitle")} close={() => setLooking(false)} wide>
          <p>{t("differenceText")}</p>
          <Suspense fallback={<p className="hint">{t("loading")}</p>}>
            <TextDiff before={text} after={published.text} label={t("differenceTitle")} />
          </Suspense>
          <div className="dialog-buttons">{choices}</div>
        </Dialog>
      )}
    </div>
  );
}
