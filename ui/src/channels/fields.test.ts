import { expect, test } from "vitest";

import { bodyOf, fieldsOn, freeId, keptWords, madeUp, membersOf, missing, type Field, type Provider } from "./fields";

const field = (key: string, more: Partial<Field> = {}): Field => ({
  key, secret: false, required: false, unless: "", advised: false, made: false, channels: ["sms"], label: key, help: "", example: "", default: "", choices: [], ...more,
});

const gateway = {
  name: "http",
  fields: [
    field("base_url", { required: true }),
    field("body", { advised: true }),
    field("header.<Name>", { advised: true }),
    field("<name>", { secret: true, advised: true }),
    field("auth_password", { secret: true }),
    field("mark_read", { channels: ["whatsapp"] }),
  ],
} as Provider;

test("a form shows what counts on its channel, what most people need first", () => {
  const shown = fieldsOn(gateway, "sms");
  expect(shown.usual.map((f) => f.key)).toEqual(["base_url", "body", "header.<Name>", "<name>"]);
  expect(shown.more.map((f) => f.key)).toEqual(["auth_password"]);
});

test("a family has the settings that begin like it and are no field of their own", () => {
  const given = { "settings.header.X-Key": "a", "settings.header.Accept": "b", "settings.body": "c", "secrets.chave": "d", "secrets.auth_password": "e" };
  expect(membersOf(gateway.fields[2]!, given, gateway.fields)).toEqual(["settings.header.Accept", "settings.header.X-Key"]);
  expect(membersOf(gateway.fields[3]!, given, gateway.fields)).toEqual(["secrets.chave"]);
});

test("one of two may be missing, and a secret that is kept is there", () => {
  const from = field("from", { required: true, unless: "service" });
  const token = field("token", { required: true, secret: true });
  expect(missing([from, token], {}).map((f) => f.key)).toEqual(["from", "token"]);
  expect(missing([from, token], { "settings.service": "MG1" }, ["token"])).toEqual([]);
});

test("only what was changed is sent, and an emptied setting is taken away", () => {
  expect(bodyOf({ "settings.from": " 27182 ", "settings.port": "", "secrets.token": "t" })).toEqual({ settings: { from: "27182" }, secrets: { token: "t" } });
  expect(bodyOf({ "settings.from": "1", "settings.port": "", "secrets.token": "" }, { "settings.from": "1", "settings.port": "2775", "settings.header.X": "y" })).toEqual({
    settings: { port: "", "header.X": "" },
    secrets: {},
  });
});

test("identifiers are free and secrets are long", () => {
  expect(freeId("sms", "twilio", ["sms_twilio"])).toBe("sms_twilio_2");
  expect(freeId("telegram", "telegram", [])).toBe("telegram");
  expect(madeUp()).toMatch(/^[0-9a-f]{32}$/);
});

test("a secret is set when its channel was connected, or between that and the channel's last change", () => {
  const minute = (at: string) => at.slice(0, 16);
  expect(keptWords("2026-03-09T10:00:01Z", "2026-03-09T10:00:09Z", minute)).toEqual(["kept", { made: "2026-03-09T10:00", when: "2026-03-09T10:00" }]);
  expect(keptWords("2026-03-09T10:00:01Z", "2026-03-10T10:00:09Z", minute)[0]).toBe("keptBetween");
});
