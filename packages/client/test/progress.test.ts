import { describe, expect, test } from "vitest";
import { Progress, formatProgress, formatSummary } from "../src/command/progress.ts";
import { ManualClock } from "./manual-clock.ts";
import { aacHeader, avcHeader, keyFrame, metadata, sound } from "./tags.ts";

const totals = { mediaMs: 3_723_456, bytes: 1_000_000, frames: 250, drops: 2 };

describe("what it says", () => {
  test("the line shows the time of the stream, the rate, frames and drops", () => {
    expect(formatProgress("push", totals, 2_499_500)).toBe("push  01:02:03.4  2500 kbit/s  250 frames  2 drops");
  });

  test("the summary shows the whole and its mean rate", () => {
    expect(formatSummary("pull", totals, 4000)).toBe(
      "pull  01:02:03.4 in 4.0 s  1000000 bytes  2000 kbit/s  250 frames  2 drops",
    );
  });

  test("a run that took no time has no rate", () => {
    expect(formatSummary("push", totals, 0)).toContain("  0 kbit/s  ");
  });
});

function watch(isTTY: boolean): { progress: Progress; clock: ManualClock; written: string[] } {
  const clock = new ManualClock();
  const written: string[] = [];
  const progress = new Progress("push", { clock, stderr: { isTTY, write: (text) => written.push(text) } });
  return { progress, clock, written };
}

describe("when it speaks", () => {
  test("a terminal sees the line grow in place and the summary instead of it at the end", () => {
    const { progress, clock, written } = watch(true);
    progress.count(keyFrame(0, 995)); // 1000 bytes with its header
    clock.tick(500);
    progress.count(keyFrame(1000, 1995));
    clock.tick(500);
    progress.finish();
    expect(written).toEqual([
      "\r\u001b[Kpush  00:00:00.0  16 kbit/s  1 frames  0 drops",
      "\r\u001b[Kpush  00:00:01.0  24 kbit/s  2 frames  0 drops",
      "\r\u001b[Kpush  00:00:01.0 in 1.0 s  3000 bytes  24 kbit/s  2 frames  0 drops\n",
    ]);
    expect(clock.isIdle).toBe(true);
  });

  test("the rate is that of the last seconds", () => {
    const { progress, clock, written } = watch(true);
    progress.count(keyFrame(0, 100_000));
    for (let i = 0; i < 6; i++) clock.tick(500);
    expect(written.at(-1)).toContain("  0 kbit/s  ");
  });

  test("anything but a terminal sees the summary only", () => {
    const { progress, clock, written } = watch(false);
    progress.count(keyFrame(0));
    clock.tick(500);
    progress.finish();
    expect(written).toEqual(["push  00:00:00.0 in 0.5 s  13 bytes  0 kbit/s  1 frames  0 drops\n"]);
  });

  test("an error finds an empty line on a terminal and nothing elsewhere", () => {
    for (const isTTY of [true, false]) {
      const { progress, written } = watch(isTTY);
      progress.abandon();
      expect(written.join("")).toBe(isTTY ? "\r\u001b[K" : "");
    }
  });
});

describe("what it counts", () => {
  test("video frames, and sound where there is no video; headers and metadata are bytes only", () => {
    const { progress } = watch(false);
    for (const tag of [metadata, avcHeader, aacHeader, sound(0), sound(23)]) progress.count(tag);
    expect(progress.totals.frames).toBe(2);
    progress.count(keyFrame(40));
    progress.drop(3);
    const bytes = [metadata, avcHeader, aacHeader, sound(0), sound(23), keyFrame(40)].reduce(
      (sum, { payload }) => sum + payload.length,
      0,
    );
    expect(progress.totals).toEqual({ mediaMs: 40, bytes, frames: 1, drops: 3 });
  });
});
