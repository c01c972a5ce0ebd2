import { describe, expect, test, vi } from "vitest";
import { BusEnd } from "../src/bus/bus-end.ts";
import type { Answer } from "../src/bus/bus-end.ts";
import { added, busTable, roundOf } from "../src/bus/bus-round.ts";
import { Gatherer } from "../src/bus/gatherer.ts";
import { Arrivals, MESSAGE_BYTES, numbered } from "../src/bus/message.ts";
import { parseRollup } from "../src/bus/proportional-megabytes.ts";
import { SharedRing } from "../src/bus/shared-ring.ts";
import { wayCalled, ways } from "../src/bus/ways.ts";

const MESSAGES = 500;
const stream = Buffer.concat(Array.from({ length: MESSAGES }, (_, i) => numbered(i)));

function arrivalsOf(bytes: Uint8Array, pieceSize: number): Arrivals {
  const arrivals = new Arrivals();
  for (let at = 0; at < bytes.length; at += pieceSize) arrivals.take(bytes.subarray(at, at + pieceSize));
  return arrivals;
}

describe("what arrives", () => {
  test("is counted in whole messages, however it is cut", () => {
    for (const pieceSize of [1, 369, 370, 371, 739, 740, 1111, 65_536, stream.length]) {
      expect(arrivalsOf(stream, pieceSize).count).toBe(MESSAGES);
    }
    expect(arrivalsOf(stream.subarray(1), 1000).count).toBe(MESSAGES - 1);
  });

  test("is right when every message is whole in its block or some are", () => {
    for (const pieceSize of [370, 371, 1111, 65_536]) expect(arrivalsOf(stream, pieceSize).fault).toBeUndefined();
  });

  test("is not taken for right when nothing could be looked at", () => {
    expect(arrivalsOf(stream, 369).fault).toBe("no message could be looked at");
  });

  test("is wrong from where a message was lost, swapped or doubled", () => {
    const message = (i: number): Buffer => stream.subarray(i * MESSAGE_BYTES, (i + 1) * MESSAGE_BYTES);
    const before = stream.subarray(0, 150 * MESSAGE_BYTES);
    const lost = Buffer.concat([before, stream.subarray(151 * MESSAGE_BYTES)]);
    const doubled = Buffer.concat([before, message(149), stream.subarray(150 * MESSAGE_BYTES)]);
    const swapped = Buffer.concat([message(1), message(0), stream.subarray(2 * MESSAGE_BYTES)]);
    expect(arrivalsOf(lost, 370).fault).toBe("message 200 is not what was sent");
    expect(arrivalsOf(doubled, 370).fault).toBe("message 200 is not what was sent");
    expect(arrivalsOf(swapped, 370).fault).toBe("message 0 is not what was sent");
  });

  test("is wrong when one byte of a message that is looked at was changed", () => {
    for (const at of [0, 4, MESSAGE_BYTES - 1]) {
      const changed = Buffer.from(stream);
      changed[300 * MESSAGE_BYTES + at]! ^= 1;
      expect(arrivalsOf(changed, 370).fault).toBe("message 300 is not what was sent");
    }
  });
});

describe("an end of the bus", () => {
  function createEnd(): { readonly end: BusEnd; readonly answers: Answer[]; readonly sent: Buffer[] } {
    const answers: Answer[] = [];
    const sent: Buffer[] = [];
    const end = new BusEnd({
      answer: (answer) => answers.push(answer),
      send: (message) => sent.push(message),
      cpuUsage: () => ({ user: 3, system: 4 }),
      megabytes: () => undefined,
    });
    return { end, answers, sent };
  }

  test("says that messages have come when the last of them has, and once", () => {
    const { end, answers } = createEnd();
    end.obey({ type: "await", count: 2 });
    end.receive([numbered(0)]);
    expect(answers).toEqual([]);
    end.receive([numbered(1).subarray(0, 100), numbered(1).subarray(100)]);
    end.receive([numbered(2)]);
    expect(answers).toEqual([{ type: "done" }]);
    end.obey({ type: "read" });
    expect(answers[1]).toEqual({ type: "reading", micros: 7, sent: 0, arrived: 3, blocks: 3, fault: undefined });
  });

  test("says at once that messages have come which came before it was asked", () => {
    const { end, answers } = createEnd();
    end.receive([numbered(0)]);
    end.obey({ type: "await", count: 1 });
    expect(answers).toEqual([{ type: "done" }]);
  });

  test("makes as many messages as are due, and numbers only those that it sends", () => {
    vi.useFakeTimers();
    try {
      const { end, answers, sent } = createEnd();
      for (const isSending of [false, true, false, true]) {
        end.obey({ type: "run", perSecond: 5500, ms: 100, isSending });
        vi.advanceTimersByTime(200);
      }
      expect(sent.length).toBe(1100);
      expect(arrivalsOf(Buffer.concat(sent), 370)).toMatchObject({ count: 1100, fault: undefined });
      expect(answers.length).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });
});

test("messages are gathered from the first one on, and each leaves once", () => {
  vi.useFakeTimers();
  try {
    const left: Buffer[][] = [];
    const gatherer = new Gatherer(5, (messages) => left.push(messages));
    const [a, b, c] = [numbered(0), numbered(1), numbered(2)];
    gatherer.add(a);
    vi.advanceTimersByTime(4);
    gatherer.add(b);
    expect(left).toEqual([]);
    vi.advanceTimersByTime(1);
    gatherer.add(c);
    vi.advanceTimersByTime(5);
    expect(left).toEqual([[a, b], [c]]);
  } finally {
    vi.useRealTimers();
  }
});

describe("a ring in shared memory", () => {
  test("gives the reader the bytes that were written, in order, across its end", () => {
    const memory = SharedRing.allocate(1024);
    const [writer, reader] = [new SharedRing(memory), new SharedRing(memory)];
    const read: Uint8Array[] = [];
    for (let i = 0; i < MESSAGES; i++) {
      writer.write(numbered(i));
      if (i % 2 === 0) continue;
      writer.publish();
      reader.read((bytes) => read.push(bytes));
    }
    expect(Buffer.concat(read).equals(stream)).toBe(true);
  });

  test("shows nothing before it is published", () => {
    const memory = SharedRing.allocate(1024);
    new SharedRing(memory).write(numbered(0));
    new SharedRing(memory).read(() => expect.unreachable());
  });

  test("refuses what has no room instead of writing over what was not read", () => {
    const ring = new SharedRing(SharedRing.allocate(1024));
    ring.write(numbered(0));
    ring.write(numbered(1));
    expect(() => ring.write(numbered(2))).toThrow("full");
  });
});

describe("what a message costs", () => {
  const unsent = { ms: 1000, sender: 5000, receiver: 100, between: 50, messages: 0, blocks: 0 };
  const sent = { ms: 2000, sender: 14_000, receiver: 4200, between: 100, messages: 1000, blocks: 50 };

  test("is what was used beyond making it for as long", () => {
    const round = { sender: 4, receiver: 4, between: 0, messagesPerBlock: 20, megabytes: 120 };
    expect(roundOf(unsent, sent, 120)).toEqual(round);
    expect(roundOf(added(unsent, unsent), added(sent, sent), 120)).toEqual(round);
  });

  test("is shown as medians, the sum of each round by itself; unknown memory as unknown", () => {
    const round = { sender: 1, receiver: 2, between: 3, messagesPerBlock: 20, megabytes: undefined };
    const rounds = [round, { ...round, sender: 10 }, { ...round, sender: 2, between: 1 }];
    const [, , row] = busTable(5000, new Map([["link", rounds]])).split("\n");
    expect(row?.split("|").map((cell) => cell.trim())).toEqual([
      ...["", "link", "6.00", "2.00", "2.00", "3.00", "20.0", "–", ""],
    ]);
  });
});

test("memory is read in MB, with what is shared divided among those who share it", () => {
  const rollup = "5581-7ffd ---p 00000000 00:00 0    [rollup]\nRss:   50000 kB\nPss:   20480 kB\nPss_Anon:   9999 kB\n";
  expect(parseRollup(rollup)).toBe(20);
  expect(parseRollup("")).toBeUndefined();
});

test("a way is known by its name, which it has alone", () => {
  expect(ways.map(({ name }) => wayCalled(name))).toEqual(ways);
  expect(() => wayCalled("pigeon")).toThrow("pigeon");
});
