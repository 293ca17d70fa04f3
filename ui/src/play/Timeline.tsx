import type { Schemas } from "../api/client";
import { useWords } from "../app/language";
import { useJourney } from "../editor/journey";
import { lookOf } from "../editor/kinds";
import { channelTitle, stepTitle } from "../editor/summary";
import { answerOf } from "./chat";
import { words as editorWords } from "../editor/words";
import type { Case } from "./script";
import { words } from "./words";

type Price = Schemas["SendingCost"];

/** Timeline tells what the journey and the world did, oldest first, and where it rests. */
export function Timeline({ played, when, zone }: { played: Case; when: (at: string | Date) => string; zone: string }) {
  const t = useWords(words);
  const say = useWords(editorWords);
  const { steps } = useJourney();
  const title = (id: string) => {
    const step = steps.find((s) => s.id === id);
    return step ? stepTitle(step) : id;
  };
  const answer = (line: Case["lines"][number], i: number) => {
    const { channel, text } = answerOf(line, played.lines.slice(0, i));
    return `${channelTitle(channel)}: ${text}`;
  };
  return (
    <>
      <ol className="play-lines">
        {played.lines.length === 0 && <li className="hint">{t("nothingYet")}</li>}
        {played.lines.map((line, i) => {
          const look = lookOf(line.verb);
          return (
            <li key={i} data-by={line.by}>
              <div className="play-when">
                <time dateTime={line.at} title={zone}>{when(line.at)}</time>
                {line.cost && <Cost of={line.cost} />}
              </div>
              {line.by === "world" ? (
                <span>
                  <strong>{t("you")}</strong> {line.verb === "reply" ? answer(line, i) : line.text}
                </span>
              ) : (
                <span data-tint={look.tint}>
                  <look.icon size={14} aria-label={say(look.word)} /> <strong>{title(line.step_id)}</strong> {line.text}
                </span>
              )}
            </li>
          );
        })}
      </ol>
      {played.rest ? (
        played.rest.steps.map((s) => (
          <p key={s.step_id} className="play-rest">
            {t("waiting", { step: title(s.step_id) })}
            {s.wake_at ? ` · ${t("nextAt", { at: when(s.wake_at) })}` : ""}
          </p>
        ))
      ) : (
        <p className="play-rest" data-ended>
          {t("ended", { how: played.reason || played.ending })}
        </p>
      )}
      {played.lines.some((line) => line.cost) && <p className="play-sum">{t("soFar", { cost: isFree(played.cost) ? t("freeOfCharge") : played.cost.text })}</p>}
    </>
  );
}

/** A channel of one's own costs nothing; that is known, and not a price of 0. */
const isFree = (cost: Price) => cost.high === 0 && cost.unknown.length === 0;

/** Cost is what one message costs. */
function Cost({ of: cost }: { of: Price }) {
  const t = useWords(words);
  return (
    <span className="play-cost" title={cost.text}>
      {isFree(cost) ? t("freeOfCharge") : cost.money || t("noPrice")}
    </span>
  );
}
