import { Fragment, useState, type FormEvent } from "react";

import { useWords } from "../app/language";
import { left } from "../contacts/show";
import { chatOf, type Said } from "./chat";
import { localTime, nextMinute, passed, type Act } from "./script";
import type { Play } from "./usePlay";
import { words } from "./words";

const titles: Record<string, string> = { whatsapp: "WhatsApp", sms: "SMS", email: "E-mail", telegram: "Telegram", messenger: "Messenger", instagram: "Instagram", webchat: "Chat" };
const titleOf = (channel: string) => titles[channel] ?? channel;

/** Phone shows the person's messages by channel, and answers for them. */
export function Phone({ play, zone, when }: { play: Play; zone: string; when: (at: string | Date) => string }) {
  const t = useWords(words);
  const [chosen, setChosen] = useState("");
  const [text, setText] = useState("");
  const lines = play.played?.lines ?? [];
  const rest = play.played?.rest;
  const channels = [...new Set(["whatsapp", "sms", "email", ...lines.flatMap((l) => l.channel ?? [])])];
  const newest = lines.findLast((l) => l.channel !== undefined)?.channel;
  const channel = chosen || newest || "whatsapp";
  const shown = chatOf(lines, channel);
  const window = rest?.windows.find((w) => w.channel === channel);
  const open = window && rest && Date.parse(window.until) > Date.parse(rest.at);
  const at = () => localTime(nextMinute(rest?.at ?? ""), zone);
  const act = (a: Act) => play.go({ acts: [...play.script.acts, a] });
  const last = lines.findLastIndex((l) => l.channel === channel);
  const asking = rest?.steps.find((s) => s.verb === "ask" && (s.waiting === "reply" || s.waiting === "delivery"));
  const write = (e: FormEvent) => {
    e.preventDefault();
    if (text.trim() === "" || !rest) return;
    act({ at: at(), reply: { text: text.trim(), via: channel } });
    setText("");
  };
  return (
    <div className="play-phone" data-channel={channel} tabIndex={-1}>
      <div className="editor-tabs" role="tablist" aria-label={t("phone")}>
        {channels.map((c) => (
          <button key={c} type="button" role="tab" aria-selected={c === channel} onClick={() => setChosen(c)}>
            {titleOf(c)}
          </button>
        ))}
      </div>
      {(channel === "whatsapp" || window) && (
        <p className="play-window" data-open={open || undefined}>
          {open && window ? t("windowOpen", { channel: titleOf(channel), at: when(window.until), left: left(window.until, Date.parse(rest?.at ?? "")) }) : t("windowClosed", { channel: titleOf(channel) })}
        </p>
      )}
      <div className="play-chat" role="log" aria-label={titleOf(channel)} tabIndex={0}>
        {shown.length === 0 && <p className="hint">{t("noMessages")}</p>}
        {shown.map((said, i) => (
          <Bubble key={i} said={said} newest={lines.indexOf(said.line) === last} disabled={!rest} act={(a) => act({ at: at(), ...a } as Act)} channel={channel} />
        ))}
      </div>
      {asking && rest?.next_wake_at && (
        <button type="button" className="text-button" aria-disabled={play.busy} onClick={() => play.busy || void play.waitUntil(passed(asking.step_id))}>
          {t("silence")}
        </button>
      )}
      <form className="play-write" onSubmit={write}>
        <input aria-label={t("write")} placeholder={t("write")} value={text} onChange={(e) => setText(e.target.value)} disabled={!rest} />
        <button type="submit" className="text-button" disabled={!rest || text.trim() === ""}>
          {t("send")}
        </button>
      </form>
    </div>
  );
}

type Deed = Act extends infer A ? Omit<A, "at"> : never;

function Bubble({ said: { line, answer, reaction }, newest, disabled, act, channel }: { said: Said; newest: boolean; disabled: boolean; act: (deed: Deed) => void; channel: string }) {
  const t = useWords(words);
  const content = line.content;
  if (!content) {
    return (
      <p className="play-bubble" data-mine>
        {answer ?? line.text}
        {reaction && <span className="play-badge" role="img" aria-label={t("reaction", { emoji: reaction })}>{reaction}</span>}
      </p>
    );
  }
  if (content.reaction) return <p className="hint">{line.refused ? t("reactionNowhere") : content.reaction.emoji ? t("reacted", { emoji: content.reaction.emoji }) : t("reactionGone")}</p>;
  return (
    <div className="play-bubble" data-refused={line.refused || undefined}>
      {content.template && <small>{content.template}</small>}
      {content.subject && <strong>{content.subject}</strong>}
      <p>{content.text || content.markdown}</p>
      {content.footer && <small>{content.footer}</small>}
      {(content.choices ?? []).map((c, i, all) => (
        <Fragment key={c.id}>
          {c.section && c.section !== all[i - 1]?.section && <small>{c.section}</small>}
          <button type="button" className="text-button" disabled={disabled} onClick={() => act({ reply: { option: c.id, via: channel } })}>
            {c.title}
          </button>
        </Fragment>
      ))}
      {newest && !disabled && (
        <button type="button" className="play-fail" onClick={() => act({ status: "undeliverable" })}>
          {t("undelivered")}
        </button>
      )}
    </div>
  );
}
