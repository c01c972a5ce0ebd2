import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_CONNECTION_LIMITS } from "../src/connection-limits.ts";
import { type Connection, FlushQueue, TimerQueue } from "../src/index.ts";
import { cleanMeetingPoint, createMeetingPoint, linkEnvironment, LoopLinks } from "../src/loop-links.ts";
import { ManualClock } from "../src/testing.ts";
import { Recorder } from "./recorder.ts";
import { closed, eventually, ReportGroup } from "./report-group.ts";

describe("links between processes", () => {
  test("there is exactly one between each two, and bytes go both ways", async () => {
    await using loops = await ReportGroup.listen({ loops: 3 });
    await loops.until(() => loops.heard("link").length === 9 && loops.links.size === 3);
    for (const loop of [1, 2, 3]) {
      const others = loops.heard("link", loop).map(({ to }) => to);
      expect(others.sort()).toEqual([0, 1, 2, 3].filter((other) => other !== loop));
    }
    loops.order(1, { order: "link", to: 3, text: "from 1" });
    loops.order(3, { order: "link", to: 1, text: "from 3" });
    loops.order(2, { order: "link", to: 0, text: "hello" });
    loops.links.get(2)?.send(Buffer.from("from the primary"));
    await loops.until(() => loops.heard("link-data").length === 3 && loops.linkEvents.includes("from 2: hello"));
    expect(loops.heard("link-data", 3)).toMatchObject([{ to: 1, text: "from 1" }]);
    expect(loops.heard("link-data", 1)).toMatchObject([{ to: 3, text: "from 3" }]);
    expect(loops.heard("link-data", 2)).toMatchObject([{ to: 0, text: "from the primary" }]);
  });

  test("the death of a loop closes its links at the other ends, before onLoopEnd; its replacement has new ones", async () => {
    const events: string[] = [];
    await using loops = await ReportGroup.listen({
      loops: 2,
      onLoopEnd: (loop) => events.push(`end ${loop}, link ${loops.links.has(loop) ? "stands" : "closed"}`),
    });
    await loops.until(() => loops.heard("link").length === 4 && loops.links.size === 2);
    const linksOf = (loop: number): number[] =>
      loops
        .heard("link", loop)
        .map(({ to }) => to)
        .sort();
    process.kill(await loops.pidOf(1), "SIGKILL");
    await loops.until(() => loops.links.has(3) && [2, 3].every((loop) => linksOf(loop).length === 5 - loop));
    expect(events).toEqual(["end 1, link closed"]);
    expect(loops.heard("link-closed", 2)).toMatchObject([{ to: 1 }]);
    expect([linksOf(2), linksOf(3)]).toEqual([
      [0, 1, 3],
      [0, 2],
    ]);
  });

  test("one that breaks while both live is made anew, whichever end broke it", async () => {
    await using loops = await ReportGroup.listen({ loops: 2 });
    await loops.until(() => loops.heard("link").length === 4 && loops.links.size === 2);
    loops.order(1, { order: "cut-link", to: 2 });
    await loops.until(() => loops.heard("link", 1).length === 3 && loops.heard("link", 2).length === 3);
    loops.order(2, { order: "cut-link", to: 1 });
    await loops.until(() => loops.heard("link", 1).length === 4 && loops.heard("link", 2).length === 4);
    loops.links.get(1)?.destroy("test");
    await loops.until(() => loops.linkEvents.filter((event) => event === "link 1").length === 2);
    for (const loop of [1, 2]) {
      const closed = loops.heard("link-closed", loop).map(({ to }) => to);
      expect(closed.filter((to) => to !== 0)).toHaveLength(2);
    }
  });
});

describe("a meeting point", () => {
  const open: { readonly links: LoopLinks; readonly sockets: Socket[] }[] = [];
  const meetingPoint = createMeetingPoint();

  afterEach(async () => {
    for (const { links, sockets } of open.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await links.close();
    }
  });

  async function listen(self: number): Promise<{
    readonly links: LoopLinks;
    readonly clock: ManualClock;
    readonly met: { readonly loop: number; readonly link: Connection; readonly recorder: Recorder }[];
    readonly dial: (bytes: Uint8Array) => Socket;
  }> {
    const clock = new ManualClock();
    const timers = new TimerQueue(clock);
    const met: { loop: number; link: Connection; recorder: Recorder }[] = [];
    const onError = (error: unknown): never => {
      throw error;
    };
    const links = new LoopLinks({
      self,
      meetingPoint,
      environment: linkEnvironment(
        { timers, flushQueue: new FlushQueue(), limits: DEFAULT_CONNECTION_LIMITS, onError },
        undefined,
      ),
      onLink(loop, link) {
        const recorder = new Recorder();
        met.push({ loop, link, recorder });
        link.pause(); // an owner may be busy at first
        link.open(recorder);
      },
    });
    const sockets: Socket[] = [];
    open.push({ links, sockets });
    await links.listen();
    const dial = (bytes: Uint8Array): Socket => {
      const socket = connect(join(meetingPoint.base, String(self)));
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.resume().write(bytes);
      return socket;
    };
    return { links, clock, met, dial };
  }

  function hello(loop: number, secret: Uint8Array): Buffer {
    const id = Buffer.alloc(4);
    id.writeUInt32LE(loop);
    return Buffer.concat([id, secret]);
  }

  test("who does not know the secret is cut off", async () => {
    const { met, dial } = await listen(0);
    await once(dial(hello(1, new Uint8Array(32))), "close");
    expect(met).toEqual([]);
  });

  test("who does not show it within five seconds is cut off", async () => {
    const { clock, met, dial } = await listen(0);
    const socket = dial(hello(1, meetingPoint.secret).subarray(0, 35));
    await eventually(() => clock.size > 0);
    clock.advance(4999);
    expect(socket.destroyed).toBe(false);
    clock.advance(1000);
    await closed(socket);
    expect(met).toEqual([]);
  });

  test("who closes before has done no harm", async () => {
    const { clock, met, dial } = await listen(0);
    const socket = dial(hello(1, meetingPoint.secret).subarray(0, 35));
    await eventually(() => clock.size > 0);
    socket.end();
    await closed(socket);
    expect(met).toEqual([]);
  });

  test("bytes behind the secret are the link's, even when it is paused at first", async () => {
    const { met, dial } = await listen(0);
    dial(Buffer.concat([hello(7, meetingPoint.secret), Buffer.from("at once")]));
    await eventually(() => met.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(met[0]).toMatchObject({ loop: 7, link: { id: -1, remoteAddress: "loop 7" } });
    expect(met[0]?.recorder.pieces).toEqual([]);
    met[0]?.link.resume();
    await eventually(() => met[0]?.recorder.bytes.length === 7);
  });

  test("who comes again before the end of its last link was noticed gets a new one after the close of that", async () => {
    const { met, dial } = await listen(0);
    dial(hello(1, meetingPoint.secret));
    await eventually(() => met.length === 1);
    const closesAtNext: number[] = [];
    dial(hello(1, meetingPoint.secret));
    await eventually(() => {
      if (met.length === 2) closesAtNext.push(met[0]?.recorder.closeReasons.length ?? 0);
      return met.length === 2;
    });
    expect(closesAtNext).toEqual([1]);
    expect(met[0]?.recorder.closeReasons).toEqual(["connection-reset"]);
  });

  test("a loop that is gone is not let in any more, and not dialled", async () => {
    const { links, met, dial } = await listen(0);
    await links.drop(1);
    await closed(dial(hello(1, meetingPoint.secret)));
    links.dial(1);
    expect(met).toEqual([]);
  });

  test("a link that cannot be had is dialled again after 100 ms, doubling to a second", async () => {
    const { links, clock } = await listen(2);
    links.dial(1);
    for (const pause of [100, 200, 400, 800, 1000, 1000]) {
      await eventually(() => clock.size > 0);
      clock.advance(pause - 1);
      expect(clock.size).toBe(1);
      clock.advance(20);
    }
    const other = await listen(1);
    await eventually(() => {
      clock.advance(100);
      return other.met.length === 1;
    });
    expect(other.met[0]?.loop).toBe(2);
  });

  test("is gone when it is cleaned", () => {
    cleanMeetingPoint(meetingPoint);
    expect(() => cleanMeetingPoint(meetingPoint)).not.toThrow();
  });
});
