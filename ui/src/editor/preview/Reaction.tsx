import { useWords } from "../../app/language";
import { words } from "./words";

/** Reaction is an emoji on the contact's newest message; `heard` tells whether they have surely written. */
export function Reaction({ emoji, heard }: { emoji: string; heard: boolean }) {
  const t = useWords(words);
  return (
    <>
      <div className="phone-bubble phone-mine">
        {t("their_message")}
        {emoji && <span className="phone-badge" role="img" aria-label={t("reaction", { emoji })}>{emoji}</span>}
      </div>
      {!emoji && <div className="phone-dim">{t("no_reaction")}</div>}
      {!heard && <div className="phone-dim">{t("nothing_heard")}</div>}
    </>
  );
}
