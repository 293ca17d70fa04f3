import { useWords } from "../../app/language";
import { begins, written, type Channel, type Measured, type Message } from "./limits";
import { words } from "./words";

/** Bubbles are the message itself; they look like buttons, but do nothing. */
export function Bubbles({ message, channel, measured }: { message: Message; channel: Channel; measured: Measured }) {
  const t = useWords(words);
  const text = channel.segments ? written(message, measured.shape) : message.text;
  return (
    <>
      <div className={channel.letter ? "phone-bubble phone-mail" : "phone-bubble"}>
        {channel.letter && <div><b>{message.subject || t("no_subject")}</b></div>}
        {message.media && <div className="phone-dim">{t("attachment", { kind: message.media.kind })}</div>}
        {text || <span className="phone-dim">{message.template ? t("template_text", { name: message.template }) : t("empty")}</span>}
        {message.footer && <div className="phone-dim">{message.footer}</div>}
      </div>
      {(measured.shape === "buttons" || (measured.shape === "numbered" && channel.letter)) && message.options.map((o) => <div className="phone-choice" key={o}>{o}</div>)}
      {measured.shape === "list" && (
        <>
          <div className="phone-choice">☰ {t("open_list")}</div>
          <ul className="phone-list">
            {message.options.map((o, i) => (
              <li key={o}>
                {begins(message, i) && <div className="phone-dim">{message.sections?.[i]}</div>}
                {o}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
