import { concat, hex, seededRandom, u16 } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { videoHeader } from "./media.ts";
import { TestServer } from "./test-server.ts";
import type { TestClient } from "./test-server.ts";

const streamKeys = ["a", "b"];
const directions = ["toLoop", "fromLoop"] as const;
const replaceSilentPublisherMs = 1000;

interface Frame {
  readonly publication: number;
  readonly number: number;
  readonly isKeyFrame: boolean;
}

interface TestPublisher {
  readonly client: TestClient;
  readonly loop: number;
  readonly streamKey: string;
  readonly publication: number;
  /** Its place among those who were accepted; 0 before it was. */
  rank: number;
  sent: number;
}

interface TestViewer {
  readonly client: TestClient;
  readonly loop: number;
  readonly streamKey: string;
  /** Of its media, so much has been looked at, and this was the newest frame. */
  checked: number;
  last: Frame | undefined;
}

const frameBytes = { key: hex("17 01 000000"), inter: hex("27 01 000000"), sound: hex("af 01") };

/** What a line of a client's media says, if it is a frame. */
function frameOf(line: string): Frame | undefined {
  const payload = line.split(" ").slice(2).join("");
  if (!/^(1701|2701|af01)/.test(payload)) return undefined;
  const [publication = 0, number = 0] = [payload.slice(-8, -4), payload.slice(-4)].map((digits) =>
    parseInt(digits, 16),
  );
  return { publication, number, isKeyFrame: payload.startsWith("1701") };
}

/** A server with loops to which everything happens in any order. */
class World {
  readonly server: TestServer;
  readonly #random: SeededRandom;
  readonly publishers: TestPublisher[] = [];
  readonly viewers: TestViewer[] = [];
  readonly #ranks = new Map<number, number>();
  readonly #cuts: (readonly [number, number])[] = [];
  readonly steps: string[] = [];
  #publications = 0;
  #accepted = 0;
  #kills = 0;

  constructor(random: SeededRandom, loops: number) {
    this.#random = random;
    this.server = new TestServer({ timeouts: { replaceSilentPublisherMs } }, loops);
  }

  /** One thing that happens. */
  step(): void {
    const actions: readonly (readonly [weight: number, act: () => void])[] = [
      [8, () => this.#play()],
      [6, () => this.#publish()],
      [14, () => this.#send()],
      [5, () => this.#leave(this.publishers, "publisher")],
      [4, () => this.#leave(this.viewers, "viewer")],
      [8, () => this.#stall()],
      [8, () => this.#hold()],
      [2, () => this.#cutOrLink()],
      [1, () => this.#killOrAdd()],
      [3, () => this.#wait()],
    ];
    let left = this.#random.next() * actions.reduce((sum, [weight]) => sum + weight, 0);
    const action = actions.find(([weight]) => (left -= weight) < 0);
    action?.[1]();
    this.server.pump();
    this.#rank();
    this.check();
  }

  /** Nothing is kept back any more, and everything has arrived. */
  settle(): void {
    const { cluster } = this.server;
    cluster.readOn();
    for (const loop of cluster.loopIds) for (const direction of directions) cluster.hold(loop, direction, false);
    this.server.pump();
    for (const [one, other] of this.#cuts.splice(0)) cluster.linkAgain(one, other);
    this.server.pump();
    this.server.clock.advance(1500);
    this.#rank();
    this.check();
    this.#say("settle");
  }

  /** Publishers that were accepted and are still there, by stream. */
  live(): Map<string, TestPublisher> {
    const live = this.publishers.filter(({ client }) => client.codes.at(-1) === "NetStream.Publish.Start");
    const byKey = new Map(live.map((publisher) => [publisher.streamKey, publisher]));
    expect(byKey.size, "one publisher for each name").toBe(live.length);
    return byKey;
  }

  /** What must be so at any time. */
  check(): void {
    for (const viewer of this.viewers) {
      const { client, loop, streamKey } = viewer;
      for (const frame of client.media.slice(viewer.checked).map(frameOf)) {
        if (frame === undefined) continue;
        const { last } = viewer;
        const followsLast = last?.publication === frame.publication && last.number + 1 === frame.number;
        const where = `viewer of ${streamKey} on loop ${loop}: ${JSON.stringify(last)} ${JSON.stringify(frame)}`;
        if (!frame.isKeyFrame) expect(followsLast, `hole: ${where}`).toBe(true);
        const [before = 0, now = 0] = [last, frame].map((one) => this.#ranks.get(one?.publication ?? -1));
        if (now > 0) expect(now >= before, `an earlier publisher after a later one: ${where}`).toBe(true);
        viewer.last = frame;
      }
      viewer.checked = client.media.length;
    }
  }

  /** After the next key frame all viewers get the same, and the others nothing. */
  checkLive(): void {
    const live = this.live();
    for (const publisher of live.values()) {
      for (const kind of ["header", "key", "inter", "sound", "inter"] as const) this.#sendFrame(publisher, kind);
    }
    const { cluster } = this.server;
    for (const viewer of this.viewers) {
      const publisher = live.get(viewer.streamKey);
      const expected = publisher === undefined ? [] : [4, 3, 2, 1].map((back) => publisher.sent - back);
      const frames = viewer.client.media
        .slice(viewer.checked)
        .map(frameOf)
        .filter((frame) => frame !== undefined);
      const where = `viewer of ${viewer.streamKey} on loop ${viewer.loop}, publisher on ${publisher?.loop}`;
      expect(
        frames.map(({ number }) => number),
        where,
      ).toEqual(expected);
      for (const { publication } of frames) expect(publication, where).toBe(publisher?.publication);
      const told = viewer.client.codes.findLast((code) => /Play\.(Unp|P)ublishNotify/.test(code));
      if (publisher === undefined) expect(told, where).not.toBe("NetStream.Play.PublishNotify");
      else expect(told, where).not.toBe("NetStream.Play.UnpublishNotify");
    }
    this.check();
    for (const streamKey of streamKeys) {
      expect(cluster.hub.isLive(`live/${streamKey}`), `${streamKey} is live`).toBe(live.has(streamKey));
    }
  }

  /** The server closes in the middle of it all. */
  close(): void {
    this.#say("close");
    this.server.shutdown("The server is closing.");
    this.settle();
    this.server.clock.advance(10_000);
    for (const { client, loop, streamKey } of [...this.publishers, ...this.viewers]) {
      expect(client.closeReason, `client of ${streamKey} on loop ${loop}`).toBeDefined();
    }
  }

  /** Everybody leaves: nothing is left. */
  end(): void {
    for (const { client } of [...this.publishers, ...this.viewers]) client.connection.destroy("gone");
    this.server.pump();
    this.settle();
    const { cluster } = this.server;
    expect(cluster.names).toBe(0);
    for (const core of cluster.cores) expect([core.registry.size, core.connectionCount]).toEqual([0, 0]);
    for (const loop of [0, ...cluster.loopIds]) expect(cluster.loop(loop).openCount, `loop ${loop}`).toBe(0);
    const count = (name: string): number => this.server.events.filter(([event]) => event === name).length;
    expect([count("unpublish"), count("stop")]).toEqual([count("publish"), count("play")]);
    const { counters, connections } = this.server.report;
    expect(connections).toBe(0);
    if (this.#kills === 0) {
      // what a loop had to say when it died is not heard
      expect([counters.publishes, counters.plays]).toEqual([count("publish"), count("play")]);
    }
    expect(this.server.errors).toEqual([]);
  }

  #say(...words: readonly (string | number | boolean)[]): void {
    this.steps.push(words.join(" "));
  }

  #play(): void {
    if (this.viewers.length > 8) return;
    const loop = this.#random.pick([0, ...this.server.cluster.loopIds]);
    const streamKey = this.#random.pick(streamKeys);
    this.#say("play", streamKey, "on", loop);
    const client = this.server.client({ loop });
    this.viewers.push({ client, loop, streamKey, checked: 0, last: undefined });
    client.play(streamKey);
  }

  #publish(): void {
    const loop = this.#random.pick([0, ...this.server.cluster.loopIds]);
    const streamKey = this.#random.pick(streamKeys);
    const publication = ++this.#publications;
    this.#say("publish", streamKey, "on", loop, "as", publication);
    const client = this.server.client({ loop });
    const publisher = { client, loop, streamKey, publication, rank: 0, sent: 0 };
    this.publishers.push(publisher);
    client.publish(streamKey);
    if (this.#random.next() < 0.3) {
      // Without waiting for the answer.
      this.#sendFrame(publisher, "header");
      this.#sendFrame(publisher, "key");
      this.#sendFrame(publisher, "inter");
      if (this.#random.next() < 0.5) client.session.deleteStream(1);
      client.pump();
    }
  }

  #send(): void {
    const publishers = this.publishers.filter(({ rank }) => rank > 0);
    if (publishers.length === 0) return;
    const publisher = this.#random.pick(publishers);
    this.#say("send", publisher.publication);
    if (publisher.sent === 0) this.#sendFrame(publisher, "header");
    const first = publisher.sent === 0 ? "key" : this.#random.pick(["key", "inter", "sound"] as const);
    this.#sendFrame(publisher, first);
    for (let n = this.#random.int(0, 3); n > 0; n--) this.#sendFrame(publisher, this.#random.pick(["inter", "sound"]));
  }

  #sendFrame(publisher: TestPublisher, kind: "header" | "key" | "inter" | "sound"): void {
    const { client, publication } = publisher;
    if (kind === "header") return client.video(publisher.sent * 40, videoHeader);
    const payload = concat(frameBytes[kind], u16(publication), u16(publisher.sent));
    const timestamp = publisher.sent++ * 40;
    if (kind === "sound") client.audio(timestamp, payload);
    else client.video(timestamp, payload);
  }

  #leave(clients: (TestPublisher | TestViewer)[], what: string): void {
    if (clients.length === 0) return;
    const index = this.#random.int(0, clients.length - 1);
    const client = clients[index]!;
    clients.splice(index, 1);
    this.#say(what, "leaves", client.streamKey, "on", client.loop);
    if (this.#random.next() < 0.5) client.client.session.deleteStream(1);
    else client.client.connection.destroy("gone");
    client.client.flush();
    this.server.pump();
    client.client.connection.destroy("gone");
  }

  #stall(): void {
    const loops = [0, ...this.server.cluster.loopIds];
    const [reader, writer] = [this.#random.pick(loops), this.#random.pick(loops)];
    const isStalled = this.#random.next() < 0.5;
    this.#say(reader, isStalled ? "does not read from" : "reads on from", writer);
    if (reader !== writer) this.server.cluster.stall(reader, writer, isStalled);
  }

  #hold(): void {
    const loop = this.#random.pick(this.server.cluster.loopIds);
    const direction = this.#random.pick(directions);
    const isHeld = this.#random.next() < 0.5;
    this.#say(isHeld ? "hold" : "release", direction, loop);
    this.server.cluster.hold(loop, direction, isHeld);
  }

  #cutOrLink(): void {
    const { cluster } = this.server;
    const cut = this.#cuts.pop();
    if (cut !== undefined) {
      this.#say("link", ...cut);
      return cluster.linkAgain(...cut);
    }
    const loops = [0, ...cluster.loopIds];
    const [one, other] = [this.#random.pick(loops), this.#random.pick(loops)];
    if (one === other) return;
    this.#say("cut", one, other);
    this.#cuts.push([one, other]);
    cluster.cut(one, other);
  }

  #killOrAdd(): void {
    const { cluster } = this.server;
    if (cluster.loopIds.length < 3) return this.#say("add", cluster.addLoop());
    const loop = this.#random.pick(cluster.loopIds);
    this.#say("kill", loop);
    this.#cuts.splice(0, this.#cuts.length, ...this.#cuts.filter((ends) => !ends.includes(loop)));
    cluster.kill(loop);
    this.#kills++;
    endClientsOf(loop, this.publishers);
    endClientsOf(loop, this.viewers);
  }

  #wait(): void {
    const ms = this.#random.pick([5, 100, 1100]);
    this.#say("wait", ms);
    this.server.clock.advance(ms);
  }

  /** Those who were accepted in one step have one rank. */
  #rank(): void {
    this.#accepted++;
    for (const publisher of this.publishers) {
      if (publisher.rank > 0 || !publisher.client.codes.includes("NetStream.Publish.Start")) continue;
      publisher.rank = this.#accepted;
      this.#ranks.set(publisher.publication, this.#accepted);
    }
  }
}

/** A loop has died, and with it the connections of its clients. */
function endClientsOf(loop: number, clients: (TestPublisher | TestViewer)[]): void {
  for (let at = clients.length - 1; at >= 0; at--) {
    const one = clients[at];
    if (one?.loop !== loop) continue;
    one.client.connection.destroy("gone");
    clients.splice(at, 1);
  }
}

/** Plays one world from its seed; what fails names the seed and what had happened. */
function play(seed: number): void {
  const random = seededRandom(seed);
  const world = new World(random, random.int(2, 3));
  try {
    for (let round = 0; round < 3; round++) {
      for (let step = 0; step < 25; step++) world.step();
      world.settle();
      world.checkLive();
    }
    for (let step = 0; step < 25; step++) world.step();
    if (random.next() < 0.5) world.close();
    world.end();
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${world.steps.join("\n")}`, { cause: error });
  }
}

/** How many worlds are played, and from which on: more of them, or one alone, when something is looked for. */
const { SEEDS: seeds = "200", SEED: first = "1" } = process.env;

test("in whatever order things happen to several loops, viewers get what they should, and nothing is left", () => {
  for (let seed = Number(first); seed < Number(first) + Number(seeds); seed++) play(seed);
}, 120_000);
