import { expect, test } from "vitest";
import { Bridge } from "../../src/bridge/bridge.ts";
import { streamName, withoutSecrets } from "../../src/bridge/stream-name.ts";
import { FakePhone } from "./fake-phone.ts";
import { FakeServer, refusal, settled } from "./fake-server.ts";

const target = "rtmp://127.0.0.1/live?auth=first-word/a1b2-c3d4-e5f6-g7h8?token=second%20word&u=me";

test.each([
  ["the key", "a1b2-c3d4-e5f6-g7h8 is already published", "a1b2… is already published"],
  ["the key with its query", "a1b2-c3d4-e5f6-g7h8?token=second%20word&u=me: no", "a1b2…?…: no"],
  ["a word of the query, as written and as meant", "no second%20word, no second word", "no …, no …"],
  ["nothing", "me is not allowed to publish live", "me is not allowed to publish live"],
])("of a server's words that repeat %s nothing secret is left", (_what, words, shown) => {
  expect(withoutSecrets(words, target)).toBe(shown);
});

test("a key that is short is a name and is shown", () => {
  expect(streamName("rtmp://host/live/phone?key=secret-word")).toBe("live/phone");
  expect(withoutSecrets("phone is taken", "rtmp://host/live/phone?key=secret-word")).toBe("phone is taken");
});

test("neither phone nor log nor figures learn the stream key from a server that repeats it", async () => {
  const server = new FakeServer();
  const logged: unknown[] = [];
  const log = (...entry: unknown[]): void => void logged.push(entry);
  const bridge = new Bridge({
    streams: [{ token: "the token of this phone", target: "rtmp://127.0.0.1/live/a1b2-c3d4-e5f6-g7h8" }],
    log: { debug: log, info: log, warn: log, error: log },
    publish: server.publish,
  });
  const words = "a1b2-c3d4-e5f6-g7h8 is already published";
  server.failures.push(new Error(words));
  const phone = new FakePhone(bridge).hello();
  await settled();
  const unreachable = JSON.stringify([
    logged,
    bridge.stats(),
    phone.received.map(({ payload }) => Buffer.from(payload).toString()),
  ]);
  server.failures.push(refusal("NetStream.Publish.BadName", words));
  phone.goodbye();
  const refused = new FakePhone(bridge).hello();
  await settled();
  const all = JSON.stringify([logged, bridge.stats()]) + unreachable;
  expect(all).toContain("a1b2… is already published");
  expect(all).not.toContain("a1b2-c3d4");
  expect(refused.closeReason).toBe("BRIDGE_TARGET_REFUSED");
  expect(refused.received.map(({ payload }) => Buffer.from(payload).toString()).join()).not.toContain("a1b2-c3d4");
  await bridge.close();
});
