import type { StreamHookRequest } from "@rtmp/server";
import { describe, expect, test } from "vitest";
import { publishTokenPolicy } from "../src/auth/token.ts";
import type { PublishKeys } from "../src/auth/token.ts";

/** What a publisher hears: `accepted` or the code it is refused with. */
function answer(keys: PublishKeys, streamPath: string, query: string): string {
  const policy = publishTokenPolicy(() => keys);
  try {
    policy({ streamPath, query: new URLSearchParams(query) } as StreamHookRequest);
    return "accepted";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

const denied = "NetStream.Publish.Denied";
const keys: PublishKeys = { "live/a": "ka", "*": "kb" };

describe("a publisher", () => {
  test.each<[string, PublishKeys, string, string, string]>([
    ["without token where there are no keys", {}, "live/a", "", "accepted"],
    ["with the stream's token", keys, "live/a", "token=ka", "accepted"],
    ["with the token of all others on a stream that has its own", keys, "live/a", "token=kb", denied],
    ["with the token of all others", keys, "live/b", "token=kb", "accepted"],
    ["with another stream's token", keys, "live/b", "token=ka", denied],
    ["without token", keys, "live/a", "", denied],
    ["with an empty token", keys, "live/a", "token=", denied],
    ["with a longer token", keys, "live/a", "token=kaa", denied],
    ["with the token under another name", keys, "live/a", "key=ka", denied],
    ["of a stream without token where others have one", { "live/a": "ka" }, "live/b", "token=ka", denied],
    ["of a stream named like a property of every object", { "live/a": "ka" }, "constructor", "token=x", denied],
    ["with a token of letters and signs", { "*": "a b&ü" }, "live/a", "token=a%20b%26%C3%BC", "accepted"],
  ])("%s gets the answer of the policy", (_name, policyKeys, streamPath, query, expected) => {
    expect(answer(policyKeys, streamPath, query)).toBe(expected);
  });

  test("is held against the keys of now", () => {
    let now: PublishKeys = { "*": "old" };
    const policy = publishTokenPolicy(() => now);
    const request = { streamPath: "live/a", query: new URLSearchParams("token=new") } as StreamHookRequest;
    expect(() => policy(request)).toThrow();
    now = { "*": "new" };
    expect(() => policy(request)).not.toThrow();
  });
});
