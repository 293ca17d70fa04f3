// What the server keeps of a journey, as files: what a person made by hand must be what
// the command line takes.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** delivered writes the files of a live journey, and plays `jornada validate` and `jornada test` on them. */
export async function delivered(product, id) {
  const journey = await product.call("GET", `/api/v1/journeys/${id}`);
  const tests = await product.call("GET", `/api/v1/journeys/${id}/tests`);
  const { files } = await product.call("GET", "/api/v1/workspace/files");
  const folder = mkdtempSync(join(tmpdir(), "jornada-e2e-"));
  try {
    const all = { ...files, [`${id}.journey.yaml`]: journey.live.source, [`${id}.test.yaml`]: tests.source };
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const run = (...args) => {
      try {
        return execFileSync(product.binary, [...args, folder], { encoding: "utf8" });
      } catch (e) {
        throw new Error(`jornada ${args.join(" ")}: ${e.stdout}${e.stderr}\n${journey.live.source}\n${tests.source}`);
      }
    };
    return { source: journey.live.source, tests: tests.source, validated: run("validate"), tested: run("test") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
