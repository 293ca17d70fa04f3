import { useEffect, type ReactNode } from "react";

/** Offer is what the open page can go to or do; the palette (Ctrl+K) lists it beside the sections. */
export interface Offer {
  id: string;
  label: string;
  /** What it is, for those who read it; it can be sought, too. */
  kind: string;
  icon: ReactNode;
  run: () => void;
  /** It is one of many: listed only when something is sought. */
  many?: boolean;
}

const pages = new Set<() => Offer[]>();

/** useOffers lists them for as long as the page is open. `make` must be the same function while it would offer the same. */
export function useOffers(make: () => Offer[]): void {
  useEffect(() => {
    pages.add(make);
    return () => void pages.delete(make);
  }, [make]);
}

export const offered = (): Offer[] => [...pages].flatMap((make) => make());
