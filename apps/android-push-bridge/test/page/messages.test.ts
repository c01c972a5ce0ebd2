import { describe, expect, test } from "vitest";
import { Air } from "../../src/page/air.ts";
import { readOutputState, readRefusal, readWelcome, refusalCodes } from "../../src/page/bridge-words.ts";
import { languages } from "../../src/page/languages.ts";
import { messageForCameraError, MessageBoard, messageKeys } from "../../src/page/messages.ts";

describe("words", () => {
  const [english, chinese] = [languages.en.words, languages.zh.words];

  test("no message is empty in any language, and none was left untranslated", () => {
    for (const key of messageKeys) {
      for (const { title, advice } of [english.messages[key], chinese.messages[key]]) {
        expect(title.length, key).toBeGreaterThan(2);
        expect(advice.length, key).toBeGreaterThan(4);
      }
      expect(chinese.messages[key].title, key).toMatch(/\p{Script=Han}/u);
      expect(english.messages[key].title, key).not.toMatch(/\p{Script=Han}/u);
    }
  });

  test("every language has the same labels", () => {
    expect(Object.keys(chinese.labels).sort()).toEqual(Object.keys(english.labels).sort());
  });

  test("every refusal of the bridge has a message", () => {
    expect(refusalCodes).toHaveLength(11);
    for (const code of refusalCodes) expect(messageKeys).toContain(code);
  });
});

describe("the message that is seen", () => {
  test("is the most urgent one, and the next when that is over", () => {
    const board = new MessageBoard();
    board.show("batteryLow");
    board.show("reconnecting");
    board.show("permissionDenied", "NotAllowedError");
    expect(board.current).toEqual({ key: "permissionDenied", severity: "error", detail: "NotAllowedError" });
    board.clear("permissionDenied");
    expect(board.current).toEqual({ key: "reconnecting", severity: "warning", detail: "" });
    board.clear("reconnecting", "batteryLow");
    expect(board.current).toBeUndefined();
  });

  test("a link without a token or a page without https keeps a broadcast from starting, a lost one does not", () => {
    for (const key of ["insecure", "noToken", "noEncoder", "permissionDenied", "noCamera"] as const) {
      const board = new MessageBoard();
      board.show(key);
      expect(board.blocksStart, key).toBe(true);
    }
    const board = new MessageBoard();
    board.show("BRIDGE_TARGET_REFUSED", "stream key is wrong");
    expect(board.blocksStart).toBe(false);
  });

  test.for([
    ["NotAllowedError", "permissionDenied"],
    ["NotFoundError", "noCamera"],
    ["OverconstrainedError", "noCamera"],
    ["NotReadableError", "cameraBusy"],
    ["AbortError", "cameraBusy"],
  ] as const)("for the camera's %s is %s", ([name, key]) => {
    expect(messageForCameraError(name)).toBe(key);
  });
});

describe("how far a broadcast is", () => {
  test("it is live only when the server takes the stream", () => {
    const air = new Air(new MessageBoard());
    expect(air.state).toBe("ready");
    air.begin();
    expect(air.state).toBe("connecting");
    air.setCondition("connected");
    expect(air.state).toBe("connecting");
    air.setOutput({ state: "live" }, 10_000);
    expect(air.state).toBe("live");
    expect(air.secondsOnAir(12_500)).toBe(2.5);
    air.end();
    expect(air.state).toBe("ready");
    expect(air.secondsOnAir(13_000)).toBeUndefined();
  });

  test("a lost connection has other words than one that never was", () => {
    const board = new MessageBoard();
    const air = new Air(board);
    air.begin();
    air.setCondition("waiting");
    expect([air.state, board.current?.key]).toEqual(["connecting", "noConnection"]);
    air.setCondition("connected");
    expect(board.current).toBeUndefined();
    air.setCondition("waiting");
    expect([air.state, board.current?.key]).toEqual(["waiting", "reconnecting"]);
  });

  test("time on air goes on through a lost connection", () => {
    const air = new Air(new MessageBoard());
    air.begin();
    air.setCondition("connected");
    air.setOutput({ state: "live" }, 1000);
    air.setCondition("waiting");
    air.setCondition("connected");
    air.setOutput({ state: "live" }, 9000);
    expect(air.secondsOnAir(11_000)).toBe(10);
  });

  test("a server that does not answer is told with what the bridge said, until it answers", () => {
    const board = new MessageBoard();
    const air = new Air(board);
    air.begin();
    air.setCondition("connected");
    air.setOutput({ state: "unreachable", detail: "connect ECONNREFUSED" }, 0);
    expect(board.current).toMatchObject({ key: "targetUnreachable", detail: "connect ECONNREFUSED" });
    air.setOutput({ state: "live" }, 0);
    expect(board.current).toBeUndefined();
  });

  test("a new broadcast forgets what ended the last one, but not that there is no microphone", () => {
    const board = new MessageBoard();
    const air = new Air(board);
    board.show("BRIDGE_REPLACED");
    board.show("noMicrophone");
    air.begin();
    expect(board.current?.key).toBe("noMicrophone");
  });

  test("what comes after the end is not heard", () => {
    const board = new MessageBoard();
    const air = new Air(board);
    air.setCondition("waiting");
    air.setOutput({ state: "unreachable" }, 0);
    expect([air.state, board.current]).toEqual(["ready", undefined]);
  });
});

describe("words from the wire", () => {
  test("what a Welcome leaves out or makes absurd gets the usual value", () => {
    const usual = { acknowledgeEveryMs: 250, maxFrameBytes: 4_194_304 };
    expect(readWelcome({})).toEqual(usual);
    expect(readWelcome({ acknowledgeEveryMs: -1, maxFrameBytes: "many" })).toEqual(usual);
    expect(readWelcome({ acknowledgeEveryMs: 100, maxFrameBytes: 1000 })).toEqual({
      acknowledgeEveryMs: 100,
      maxFrameBytes: 1000,
    });
  });

  test.for([{}, { code: 7 }, { code: "constructor" }, { code: "BRIDGE_NEW" }])(
    "a refusal %o of no known code is one the page does not understand",
    (words) => {
      expect(readRefusal(words).code).toBe("BRIDGE_BAD_FRAME");
    },
  );

  test("a detail of any length and type becomes a short text", () => {
    expect(readRefusal({ code: "BRIDGE_TARGET_REFUSED", detail: "x".repeat(10_000) }).detail).toHaveLength(300);
    expect(readRefusal({ code: "BRIDGE_IDLE", detail: { a: 1 } })).toEqual({ code: "BRIDGE_IDLE", detail: "" });
  });

  test("an output of an unknown state is one that has not answered", () => {
    expect(readOutputState({ state: "paused", detail: 1 })).toEqual({ state: "connecting" });
    expect(readOutputState({ state: "live" })).toEqual({ state: "live" });
  });
});
