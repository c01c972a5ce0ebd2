import type { FlvTag } from "@rtmp/flv-tags";
import { describe, expect, test } from "vitest";
import { LoopTimeline } from "../src/command/loop-timeline.ts";
import { MediaTime } from "../src/command/media-time.ts";
import { mergeTags } from "../src/command/merge-tags.ts";
import { LateFrameGate, Pacer } from "../src/command/pacer.ts";
import { loopTags } from "../src/command/push.ts";
import { GapCounter, RecordingTimeline } from "../src/command/recording.ts";
import { tagRole } from "../src/command/tag-role.ts";
import { ManualClock } from "./manual-clock.ts";
import { aacHeader, avcEnd, avcHeader, interFrame, keyFrame, metadata, sound } from "./tags.ts";

async function* generate(tags: readonly FlvTag[]): AsyncGenerator<FlvTag, void, undefined> {
  for (const tag of tags) yield await Promise.resolve(tag);
}

async function collect(tags: AsyncIterable<FlvTag>): Promise<FlvTag[]> {
  const all: FlvTag[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}

const at = (tag: FlvTag, timestamp: number): FlvTag => ({ ...tag, timestamp });

test("frames carry time; metadata, sequence headers and the end of a sequence do not", () => {
  const roles = [metadata, avcHeader, aacHeader, keyFrame(0), sound(0), avcEnd(0)].map(tagRole);
  expect(roles).toEqual(["script", "sequence-header", "sequence-header", "frame", "frame", "end-of-sequence"]);
});

describe("a loop", () => {
  const file = [metadata, avcHeader, aacHeader, keyFrame(0), sound(0), sound(23), interFrame(40), avcEnd(40)];

  test("a later round begins where the last frame ends, without what has been said already", async () => {
    expect(await collect(loopTags(() => generate(file), 3))).toEqual([
      ...[metadata, avcHeader, aacHeader, keyFrame(0), sound(0), sound(23), interFrame(40)],
      ...[at(keyFrame(0), 80), at(sound(0), 80), at(sound(23), 103), at(interFrame(40), 120)],
      ...[at(keyFrame(0), 160), at(sound(0), 160), at(sound(23), 183), at(interFrame(40), 200), at(avcEnd(40), 200)],
    ]);
  });

  test("one round is the file as it is", async () => {
    expect(await collect(loopTags(() => generate(file), 1))).toEqual(file);
  });

  test("a file that begins late or is behind a wrap goes on without a gap", async () => {
    const late = [keyFrame(0xfffffff0), interFrame(0x18)]; // 40 ms apart
    expect((await collect(loopTags(() => generate(late), 3))).map(({ timestamp }) => timestamp)).toEqual([
      0xfffffff0, 0x18, 0x40, 0x68, 0x90, 0xb8,
    ]);
  });

  test("a sequence header that changes inside the file is said again in each round", () => {
    const other = { ...avcHeader, payload: Uint8Array.from([...avcHeader.payload, 1]) };
    const timeline = new LoopTimeline();
    const round = [avcHeader, keyFrame(0), other, keyFrame(40)];
    for (const tag of round) timeline.place(tag, false);
    timeline.nextRound();
    const placed = round.map((tag) => timeline.place(tag, true)?.payload);
    expect(placed).toEqual(round.map(({ payload }) => payload));
  });

  test("a file without a frame is not looped for ever", async () => {
    await expect(collect(loopTags(() => generate([metadata]), Infinity))).rejects.toThrow("nothing to loop");
  });
});

describe("real time", () => {
  test("a frame is due as long after the first as its timestamp says", () => {
    const clock = new ManualClock();
    clock.time = 1000;
    const pacer = new Pacer(clock);
    expect(pacer.untilDue(500_000)).toBe(0);
    expect(pacer.untilDue(500_040)).toBe(40);
    clock.time += 100;
    expect(pacer.untilDue(500_080)).toBe(-20);
  });

  test("time goes on over the wrap of the timestamps", () => {
    const time = new MediaTime();
    expect([0xffffffff, 9, 5, 0x7fffffff, 0xfffffffe].map((timestamp) => time.elapsed(timestamp))).toEqual([
      0, 10, 6, 0x80000000, 0xffffffff,
    ]);
  });

  test("video that is more than 5 s late is left out up to the next key frame in time; sound is not", () => {
    const gate = new LateFrameGate();
    const admitted = [
      [interFrame(0), 5000],
      [interFrame(1), 5001],
      [sound(2), 5002],
      [keyFrame(3), 5001],
      [interFrame(4), 10],
      [keyFrame(5), 5000],
      [interFrame(6), 0],
    ] as const;
    expect(admitted.map(([tag, lateMs]) => gate.admits(tag, lateMs))).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("a recording", () => {
  test("its first frame is at 0, and so is everything before it", () => {
    const timeline = new RecordingTimeline(Infinity);
    const live = [
      at(metadata, 77),
      at(avcHeader, 0),
      at(aacHeader, 5000),
      keyFrame(5000),
      sound(4990),
      interFrame(5040),
    ];
    expect(live.map((tag) => timeline.place(tag)?.timestamp)).toEqual([0, 0, 0, 0, 0, 40]);
  });

  test("a stream that begins at 0 is recorded as it is", () => {
    const timeline = new RecordingTimeline(Infinity);
    const live = [metadata, avcHeader, keyFrame(0), sound(23), interFrame(40)];
    expect(live.map((tag) => timeline.place(tag))).toEqual(live);
  });

  test("it is complete at the first frame behind its duration, over the wrap too", () => {
    const timeline = new RecordingTimeline(40);
    const live = [keyFrame(0xfffffff0), interFrame(0x17), at(metadata, 0x18), interFrame(0x18)];
    expect(live.map((tag) => timeline.place(tag)?.timestamp)).toEqual([0, 39, 40, undefined]);
  });

  test("a step of several frames counts those that are missing; an uneven frame rate does not", () => {
    const gaps = new GapCounter();
    const missing = [0, 40, 80, 120, 1120, 1160, 1140, 1250].map((timestamp) => gaps.missingBefore(timestamp));
    expect(missing).toEqual([0, 0, 0, 0, 24, 0, 0, 0]);
  });
});

describe("several sources", () => {
  test("their tags come in order of time, and of equal ones the first source's first", async () => {
    const merged = mergeTags([
      generate([avcHeader, keyFrame(0), interFrame(40), interFrame(80)]),
      generate([aacHeader, sound(0), sound(23), sound(46)]),
    ]);
    expect(await collect(merged)).toEqual([
      ...[avcHeader, keyFrame(0), aacHeader, sound(0), sound(23), interFrame(40), sound(46), interFrame(80)],
    ]);
  });

  test("leaving early closes them all", async () => {
    const sources = [generate([keyFrame(0), keyFrame(40)]), generate([sound(0), sound(23)])];
    for await (const tag of mergeTags(sources)) {
      expect(tag).toEqual(keyFrame(0));
      break;
    }
    expect(await Promise.all(sources.map((source) => source.next()))).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });
});
