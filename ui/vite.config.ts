import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npx vite` serves the pages from source and passes the rest to a `jornada dev`
// beside it, or to the one that JORNADA_SERVER names, with JORNADA_TOKEN when it asks
// for one; `npm run build` writes dist/, which the binary embeds.
const target = process.env.JORNADA_SERVER ?? "http://127.0.0.1:8080";
const token = process.env.JORNADA_TOKEN;
const server = { target, ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}) };

const proxy = { "/api": server, "/phone": server, "/dev": server, "/healthz": server };

export default defineConfig({
  plugins: [react()],
  // Browsers of 2024 on know light-dark(); lowered, it would ask for a scheme that only
  // our own style sheets declare.
  build: { target: "es2022", cssTarget: ["chrome123", "firefox120", "safari17.5"], sourcemap: false, manifest: true, chunkSizeWarningLimit: 1200 },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
});
