import { expect, test } from "vitest";
import { ClientSession } from "../src/index.ts";
import { connectedServer } from "./server-side.ts";
import { handshake } from "./wire.ts";

test("what a player may ask for on a stream reaches the server as it was meant", () => {
  const server = connectedServer();
  const client = new ClientSession({ onEvent: () => undefined });
  client.start();
  client.takeOutput();
  client.push(handshake); // as long as the server's own
  client.takeOutput();
  client.play(1, "camera");
  client.pause(1, true, 40);
  client.pause(1, false);
  client.receiveAudio(1, false);
  client.receiveVideo(1, true);
  client.closeStream(1);
  server.send(client.takeOutput() ?? new Uint8Array());
  expect(server.takeEvents()).toEqual([
    "play @1 live/camera -2",
    "pause @1 true",
    "pause @1 false",
    "receive-audio @1 false",
    "receive-video @1 true",
    "stop @1 closeStream",
  ]);
});
