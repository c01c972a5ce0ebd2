import { expect, test } from "vitest";
import { interFrame, keyFrame, videoHeader } from "./media.ts";
import { TestServer } from "./test-server.ts";
import type { TestClient } from "./test-server.ts";

// Words of the first process and links between loops overtake one another: `stall` and `hold` say what comes late.

const timeouts = { replaceSilentPublisherMs: 1000 };

function viewerOn(server: TestServer, loop: number): TestClient {
  const viewer = server.client({ loop });
  viewer.play("s");
  return viewer;
}

function publisherOn(server: TestServer, loop: number): TestClient {
  const publisher = server.client({ loop });
  expect(publisher.publish("s")).toBe("NetStream.Publish.Start");
  publisher.video(0, videoHeader);
  return publisher;
}

/** The last byte of each frame that the viewer has got. */
function frames(viewer: TestClient): number[] {
  const payloads = viewer.media.map((line) => line.split(" ").at(-1) ?? "");
  return payloads.filter((hex) => /^[12]701/.test(hex)).map((hex) => parseInt(hex.slice(-2), 16));
}

test("a stream that moves away and comes back before its viewers' loop has read of it plays on there", () => {
  const server = new TestServer({ timeouts }, 3);
  const viewer = viewerOn(server, 3);
  publisherOn(server, 1).video(0, keyFrame(1));
  server.cluster.stall(3, 1, true);
  server.cluster.stall(3, 2, true);
  server.clock.advance(1000);
  publisherOn(server, 2);
  server.clock.advance(1000);
  const last = publisherOn(server, 1);
  server.cluster.readOn();
  server.pump();
  last.video(40, keyFrame(2));
  expect(frames(viewer)).toEqual([1, 2]);
});

test("a second publisher who is refused does not take the stream from a loop that is just asking for it", () => {
  const server = new TestServer({}, 2);
  const publisher = publisherOn(server, 1);
  publisher.video(0, keyFrame(1));
  server.cluster.stall(1, 2, true);
  const viewer = viewerOn(server, 2);
  const second = server.client({ loop: 1 });
  expect(second.publish("s")).toBe("NetStream.Publish.BadName");
  server.cluster.readOn();
  server.pump();
  publisher.video(40, interFrame(2));
  expect(frames(viewer)).toEqual([1, 2]);
});

test("a publication that is over does not take viewers from the one that came after it, however late it arrives", () => {
  const server = new TestServer({}, 3);
  const viewer = viewerOn(server, 3);
  server.cluster.stall(3, 2, true);
  const first = publisherOn(server, 2);
  first.video(0, keyFrame(1));
  first.connection.destroy("gone");
  server.pump();
  const second = publisherOn(server, 1);
  second.video(0, keyFrame(2));
  server.cluster.readOn();
  server.pump();
  second.video(40, interFrame(3));
  expect(frames(viewer)).toEqual([2, 3]);
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.Start");
});

test("when who takes a stream over has gone before it began, viewers hear that the stream has ended", () => {
  const server = new TestServer({ timeouts }, 2);
  const viewer = viewerOn(server, 2);
  publisherOn(server, 1).video(0, keyFrame(1));
  server.cluster.stall(2, 1, true);
  server.clock.advance(1000);
  server.cluster.hold(2, "toLoop", true);
  const next = server.client({ loop: 2 });
  next.publish("s");
  next.connection.destroy("gone");
  server.pump();
  server.cluster.hold(2, "toLoop", false);
  server.pump(); // nobody publishes it: that is heard first
  server.cluster.readOn();
  server.pump();
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
});
