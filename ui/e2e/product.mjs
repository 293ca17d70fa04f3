// The built binary, started for the checks on a port of its own, with the demo
// clinic, in memory.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

export const token = "e2e-token-0123456789abcdef";

function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer().listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
    s.on("error", reject);
  });
}

/** start runs `jornada dev` and waits until it is ready. */
export async function start(binary, flags = []) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = spawn(binary, ["dev", "--addr", `127.0.0.1:${port}`, "--data", ":memory:", "--token", token, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (d) => (said += d));
  child.stderr.on("data", (d) => (said += d));
  let ended = null;
  child.on("exit", (code) => (ended = code ?? 1));
  const until = Date.now() + 120_000;
  for (;;) {
    if (ended !== null) throw new Error(`${binary} ended with ${ended}:\n${said}`);
    const ready = await fetch(`${address}/readyz`).catch(() => null);
    if (ready?.ok) break;
    if (Date.now() > until) {
      child.kill("SIGKILL");
      throw new Error(`${binary} is not ready after two minutes:\n${said}`);
    }
    await new Promise((r) => setTimeout(r, 200));
  }
  return {
    address,
    binary,
    /** call asks the API as an administrator. */
    async call(method, path, body, language = "en") {
      const answer = await fetch(address + path, {
        method,
        headers: { Authorization: `Bearer ${token}`, "Accept-Language": language, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text ? JSON.parse(text) : null;
    },
    async stop() {
      if (ended !== null) return;
      child.kill("SIGINT");
      const killed = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await new Promise((r) => child.once("exit", r));
      clearTimeout(killed);
    },
  };
}
