import { describe, expect, test } from "vitest";
import { parseRtmpUrl, resolveStreamAddress } from "../src/index.ts";

describe("an RTMP URL", () => {
  // URL → protocol, host, port, app, streamKey, tcUrl
  test.each([
    ["rtmp://h/live/camera", "rtmp", "h", 1935, "live", "camera", "rtmp://h/live"],
    ["rtmp://h:1935/live/camera", "rtmp", "h", 1935, "live", "camera", "rtmp://h/live"],
    ["rtmp://h:1936/live/camera", "rtmp", "h", 1936, "live", "camera", "rtmp://h:1936/live"],
    ["rtmps://h/live/camera", "rtmps", "h", 443, "live", "camera", "rtmps://h/live"],
    ["rtmps://h:443/live/camera", "rtmps", "h", 443, "live", "camera", "rtmps://h/live"],
    ["rtmps://h:1935/live/camera", "rtmps", "h", 1935, "live", "camera", "rtmps://h:1935/live"],
    ["RTMP://Host/live/camera", "rtmp", "Host", 1935, "live", "camera", "rtmp://Host/live"],
    ["rtmp://[::1]/live/camera", "rtmp", "::1", 1935, "live", "camera", "rtmp://[::1]/live"],
    ["rtmp://[2001:db8::A]:1936/live/x", "rtmp", "2001:db8::A", 1936, "live", "x", "rtmp://[2001:db8::A]:1936/live"],
    ["rtmp://[::ffff:10.0.0.1]/a/b", "rtmp", "::ffff:10.0.0.1", 1935, "a", "b", "rtmp://[::ffff:10.0.0.1]/a"],
    ["rtmp://127.0.0.1/a/inst/b", "rtmp", "127.0.0.1", 1935, "a/inst", "b", "rtmp://127.0.0.1/a/inst"],
    ["rtmp://h/live/camera/", "rtmp", "h", 1935, "live", "camera", "rtmp://h/live"],
    ["rtmp://h//live//camera", "rtmp", "h", 1935, "live", "camera", "rtmp://h/live"],
    ["rtmp://h/live/", "rtmp", "h", 1935, "live", "", "rtmp://h/live"],
    ["rtmp://h/live", "rtmp", "h", 1935, "live", "", "rtmp://h/live"],
    ["rtmp://h", "rtmp", "h", 1935, "", "", "rtmp://h/"],
    ["rtmp://u:p@h/live/camera", "rtmp", "h", 1935, "live", "camera", "rtmp://h/live"],
    ["rtmp://h/live/camera?a=1&b=2", "rtmp", "h", 1935, "live", "camera?a=1&b=2", "rtmp://h/live"],
    ["rtmp://h/live/camera?a=x/y?b=2", "rtmp", "h", 1935, "live", "camera?a=x/y?b=2", "rtmp://h/live"],
    ["rtmp://h/live?vhost=v/camera", "rtmp", "h", 1935, "live?vhost=v", "camera", "rtmp://h/live?vhost=v"],
    ["rtmp://h/live?v=1/camera?t=a/b", "rtmp", "h", 1935, "live?v=1", "camera?t=a/b", "rtmp://h/live?v=1"],
    ["rtmp://h/live?t=a/b/camera", "rtmp", "h", 1935, "live?t=a/b", "camera", "rtmp://h/live?t=a/b"],
    ["rtmp://h/live?a=1", "rtmp", "h", 1935, "live?a=1", "", "rtmp://h/live?a=1"],
    ["rtmp://h/live/a%20b#c", "rtmp", "h", 1935, "live", "a%20b#c", "rtmp://h/live"],
  ])("%s", (url, protocol, host, port, app, streamKey, tcUrl) => {
    expect(parseRtmpUrl(url)).toEqual({ protocol, host, port, app, streamKey, tcUrl });
  });

  test.each([
    "",
    "live/camera",
    "http://h/live/camera",
    "rtmpt://h/live/camera",
    "rtmp:/h/live",
    "rtmp:///live/camera",
    "rtmp://:1935/live/camera",
    "rtmp://h:/live/camera",
    "rtmp://h:0/live/camera",
    "rtmp://h:65536/live/camera",
    "rtmp://h:x/live/camera",
    "rtmp://[::1/live/camera",
    "rtmp://::1/live/camera",
    "rtmp://[zz]/live/camera",
    "rtmp://a b/live/camera",
    " rtmp://h/live/camera",
  ])("%j is not one", (url) => {
    expect(() => parseRtmpUrl(url)).toThrow(TypeError);
  });

  test("that is not one does not put its stream key into the message", () => {
    expect(() => parseRtmpUrl("rtmp//h/live/secret")).toThrow(/^(?!.*secret)/s);
  });
});

describe("a stream's address", () => {
  // app, name, tcUrl → path, instance, query
  test.each([
    ["live", "camera", "", "live/camera", "", ""],
    ["live/", "camera", "", "live/camera", "", ""],
    ["/live", "/camera/", "", "live/camera", "", ""],
    ["live/room", "camera", "", "live/room/camera", "room", ""],
    ["live", "room/camera", "", "live/room/camera", "room", ""],
    ["live/a/b", "c", "", "live/a/b/c", "a/b", ""],
    ["live", "camera?a=1", "", "live/camera", "", "a=1"],
    ["live?a=1", "camera", "", "live/camera", "", "a=1"],
    ["live/?a=1", "camera", "", "live/camera", "", "a=1"],
    ["live", "camera", "rtmp://h/live?a=1", "live/camera", "", "a=1"],
    ["live?a=2", "camera?a=3", "rtmp://h/live?a=1", "live/camera", "", "a=3"],
    ["live", "camera?a=1?b=2", "", "live/camera", "", "a=1&b=2"],
    ["live", "camera?a=1&a=2", "", "live/camera", "", "a=2"],
    ["live?vhost=example.com", "camera", "", "live/camera", "", "vhost=example.com"],
    ["live", "camera?t=a%2Fb/c", "", "live/camera", "", "t=a%2Fb%2Fc"],
    ["live", "mp4:camera", "", "live/mp4:camera", "", ""],
    ["live", "...", "", "live/...", "", ""],
    ["live", "カメラ", "", "live/カメラ", "", ""],
    ["live", "x".repeat(1019), "", `live/${"x".repeat(1019)}`, "", ""],
  ])("of %j and %j with tcUrl %j is %j", (app, name, tcUrl, path, instance, query) => {
    const address = resolveStreamAddress(app, name, tcUrl);
    expect(address).toMatchObject({ app: "live", instance, streamPath: path, streamKey: path.slice(5) });
    expect(String(address?.query)).toBe(query);
  });

  // app, name, tcUrl → path, stream key, query
  test.each([
    ["phone", "", "rtmp://h/phone", "phone", "", ""],
    ["/phone/", "/", "", "phone", "", ""],
    ["phone", "?a=1", "", "phone", "", "a=1"],
    ["phone?a=1", "", "", "phone", "", "a=1"],
    ["live/camera", "", "", "live/camera", "camera", ""],
    ["live/room/camera", "", "", "live/room/camera", "room/camera", ""],
    ["x".repeat(1024), "", "", "x".repeat(1024), "", ""],
  ])("of %j without a name, %j, with tcUrl %j is %j", (app, name, tcUrl, path, streamKey, query) => {
    const address = resolveStreamAddress(app, name, tcUrl);
    expect(address).toMatchObject({ app: path.split("/")[0], streamPath: path, streamKey });
    expect(String(address?.query)).toBe(query);
  });

  test.each([
    ["", ""],
    ["/", "/"],
    ["?a=1", ""],
    ["..", ""],
    ["x".repeat(1025), ""],
    ["", "camera"],
    ["live", "."],
    ["live", "a/./b"],
    ["..", "camera"],
    ["live/..", "camera"],
    ["live", "a\\..\\b"],
    ["live", "a\u007fb"],
    ["li\u0000ve", "camera"],
    ["live", "x".repeat(1020)],
  ])("of %j and %j is none", (app, name) => {
    expect(resolveStreamAddress(app, name)).toBeUndefined();
  });

  test("does not take __proto__ for anything but a name", () => {
    const address = resolveStreamAddress("live", "__proto__?__proto__=1");
    expect(address?.streamPath).toBe("live/__proto__");
    expect(address?.query.get("__proto__")).toBe("1");
  });
});
