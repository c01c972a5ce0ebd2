import { describe, expect, test } from "vitest";
import { connectedServer } from "./server-side.ts";
import { command, commandAmf3 } from "./wire.ts";

describe("other commands", () => {
  test("that nobody knows are answered with _error if they ask for an answer, and reported", () => {
    const server = connectedServer();
    expect(server.send(command(0, "makeCoffee", 9, null), command(0, "x".repeat(100), 0, null))).toEqual([
      "@0 _error 9 null error NetConnection.Call.Failed",
    ]);
    expect(server.takeEvents()).toEqual(["unknown-command makeCoffee", `unknown-command ${"x".repeat(64)}`]);
  });

  test("with transaction 0 get no _result", () => {
    const server = connectedServer();
    const names = ["releaseStream", "getStreamLength", "_checkbw"];
    expect(server.send(...names.map((name) => command(0, name, 0, null, "camera")))).toEqual([]);
    expect(server.send(command(0, "FCPublish", 0, null, "camera"))).toEqual([
      "@0 onFCPublish 0 null status NetStream.Publish.Start",
    ]);
  });

  test("that are answers, to whatever transaction, are taken in silence", () => {
    const server = connectedServer();
    const answers = [
      command(0, "_result", 0, null),
      command(0, "_error", 77, null, {}),
      command(1, "onStatus", 0, null, { code: "x" }),
    ];
    expect(server.send(...answers)).toEqual([]);
    expect(server.takeEvents()).toEqual([]);
  });

  test("of type 17 say the same as those of type 20, with or without the format byte", () => {
    const server = connectedServer();
    const withoutByte = command(1, "publish", 5, null, "camera");
    withoutByte[7] = 17;
    expect(server.send(commandAmf3(0, "createStream", 2, null), withoutByte)).toEqual([
      "@0 _result 2 null 1",
      "@1 onStatus 0 null status NetStream.Publish.Start",
    ]);
  });

  test("that have a transaction id of another type count as transaction 0", () => {
    expect(connectedServer().send(command(0, "releaseStream", "2", null, "camera"))).toEqual([]);
    expect(connectedServer().send(command(0, "createStream"))).toEqual(["@0 _result 0 null 1"]);
  });

  test("names are echoed cut short", () => {
    const server = connectedServer();
    server.send(command(0, "FCPublish", 3, null, "x".repeat(50_000)));
    server.session.push(command(0, "FCPublish", 3, null, "x".repeat(50_000)));
    expect(server.session.takeOutput()?.length).toBeLessThan(2000);
  });
});
