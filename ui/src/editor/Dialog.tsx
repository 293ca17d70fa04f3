import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";

import { useWords } from "../app/language";
import { words } from "./words";

interface Props {
  title: string;
  /** Left out where a choice must be made. */
  close?: (() => void) | undefined;
  wide?: boolean;
  /** It opens beside what had the focus, not in the middle. */
  beside?: boolean;
  className?: string;
  children: ReactNode;
}

/** besideOf places a dialog under what was pressed, or over it, within the window. */
function besideOf(dialog: HTMLDialogElement, pressed: DOMRect): void {
  const { width, height } = dialog.getBoundingClientRect();
  const within = (at: number, size: number, room: number) => Math.max(8, Math.min(at, room - size - 8));
  const under = pressed.bottom + 6;
  Object.assign(dialog.style, {
    margin: "0",
    left: `${within(pressed.left, width, innerWidth)}px`,
    top: `${under + height + 8 <= innerHeight ? under : within(pressed.top - height - 6, height, innerHeight)}px`,
  });
}

/** Dialog is the browser's own: it keeps the focus inside, Esc closes it, and the focus goes back. */
export function Dialog({ title, close, wide = false, beside = false, className = "", children }: Props) {
  const t = useWords(words);
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    if (dialog && beside && before && before !== document.body) besideOf(dialog, before.getBoundingClientRect());
    dialog?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      dialog?.close();
      if (document.activeElement === document.body || document.activeElement === null) before?.focus();
    };
  }, [beside]);
  return (
    <dialog ref={ref} className={`dialog ${className}`} data-wide={wide || undefined} aria-labelledby={id} onCancel={(e) => (e.preventDefault(), close?.())} onClick={(e) => e.target === ref.current && close?.()}>
      <div className="inspector-head">
        <h2 id={id}>{title}</h2>
        <span className="editor-space" />
        {close && (
          <button type="button" className="icon-button" aria-label={t("close")} onClick={close}>
            <X size={16} aria-hidden />
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}
