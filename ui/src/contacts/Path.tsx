import { useMediaQuery } from "@mantine/hooks";
import { Title } from "@mantine/core";
import { Suspense, useMemo } from "react";

import type { Schemas } from "../api/client";
import { useWords } from "../app/language";
import { later } from "../app/later";
import { wentBy } from "../editor/canvas/live";
import { words } from "./words";

const StillCanvas = later(() => import("../editor/canvas/StillCanvas"));

/** Path draws the way of an enrollment on the version it is in. The log says the same in words. */
export function Path({ of: enrollment, version, choose }: { of: Schemas["EnrollmentDetail"]; version: Schemas["Version"]; choose: (step: string) => void }) {
  const t = useWords(words);
  const live = useMemo(() => wentBy(enrollment), [enrollment]);
  // A canvas needs room, as in the editor.
  const wide = useMediaQuery("(min-width: 901px)", true, { getInitialValueInEffect: false });
  if (!wide || !version.source) return null;
  return (
    <section className="section">
      <Title order={2} size="h4" mb="sm">
        {t("path", { n: version.version })}
      </Title>
      <Suspense fallback={<p>{t("drawing")}</p>}>
        <StillCanvas text={version.source} live={live} name={t("path", { n: version.version })} choose={choose} />
      </Suspense>
    </section>
  );
}
