import { concat, hex, toHex } from "@rtmp/testkit";
import { expect } from "vitest";
import type { TestClient, TestServer } from "./test-server.ts";

export const videoHeader: Uint8Array = hex("17 00 000000 01 64001f");
export const otherVideoHeader: Uint8Array = hex("17 00 000000 01 4d0028");
export const audioHeader: Uint8Array = hex("af 00 1210");
export const keyFrame = (n: number): Uint8Array => concat(hex("17 01 000000"), Uint8Array.of(n));
export const interFrame = (n: number): Uint8Array => concat(hex("27 01 000000"), Uint8Array.of(n));
export const sound = (n: number): Uint8Array => concat(hex("af 01"), Uint8Array.of(n));
export const video = (timestamp: number, payload: Uint8Array): string => `video ${timestamp} ${toHex(payload)}`;
export const audio = (timestamp: number, payload: Uint8Array): string => `audio ${timestamp} ${toHex(payload)}`;

/** A publisher that has been accepted and has sent metadata and both headers. */
export function startPublisher(server: TestServer, streamKey = "s"): TestClient {
  const publisher = server.client();
  expect(publisher.publish(streamKey)).toBe("NetStream.Publish.Start");
  publisher.metadata({ width: 640 });
  publisher.video(0, videoHeader);
  publisher.audio(0, audioHeader);
  return publisher;
}
