import { Text } from "@mantine/core";

import type { Session } from "../session/session";
import { useFormat } from "./format";
import { useWords, type Words } from "./language";

const words = {
  demo: { pt: "Demo", en: "Demo" },
  demoWhy: {
    pt: "Isto é jornada dev: as mensagens vão para o celular de demonstração, menos as dos canais que alguém conectou aqui.",
    en: "This is jornada dev: messages go to the demo phone, but for those of channels that somebody connected here.",
  },
  fast: { pt: "Tempo {speed}×", en: "Time {speed}×" },
  moved: { pt: "Relógio movido", en: "Clock moved" },
  clockWhy: { pt: "O relógio daqui não é o do mundo: aqui eram {now} quando a página abriu.", en: "The clock here is not the world’s: it was {now} here when the page opened." },
} satisfies Words;

/** Environment says that this is no place where customers are written to, or that its time is not the world's. In production it is not there. */
export default function Environment({ session: s }: { session: Session }) {
  const t = useWords(words);
  const format = useFormat();
  const { clock } = s;
  return (
    <div className="wide" role="note">
      {s.demo && (
        <Text fz="xs" fw={700} ta="center" c="#f3c06b" title={t("demoWhy")}>
          {t("demo")}
        </Text>
      )}
      {clock && (
        <Text fz="0.6875rem" ta="center" c="#f3c06b" title={t("clockWhy", { now: format.moment(clock.now) })}>
          {clock.speed === 1 ? t("moved") : t("fast", { speed: format.number(clock.speed) })}
        </Text>
      )}
    </div>
  );
}
