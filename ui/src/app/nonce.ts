import { setNonce } from "get-nonce";

// The server writes a fresh nonce into every page; styles that libraries make at
// run time carry it, because the page forbids all others.
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

setNonce(nonce);
