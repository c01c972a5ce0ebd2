import { describe, expect, test } from "vitest";
import { StreamTimeline } from "../../src/bridge/stream-timeline.ts";

describe("the timeline of a stream", () => {
  test("keeps the distance of both tracks to the rounding of one origin, whatever the sender's epoch", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "common");
    expect(timeline.place("video", 1_733_000_000, 0)).toBe(0);
    const times = Array.from({ length: 300 }, (_, index) => {
      const stampUs = 1_733_000_000 + Math.round(((index + 1) * 1_000_000) / 30);
      return timeline.place("video", stampUs, (index + 1) * 33_333);
    });
    expect(times.at(-1)).toBe(10_000);
    expect(timeline.place("audio", 1_743_000_000, 10_000_000)).toBe(10_000);
  });

  test("never repeats or goes back within a track", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "common");
    const stamps = [0, 400, 800, 700, 5000, 4000, 9000];
    const times = stamps.map((stampUs) => timeline.place("video", stampUs, stampUs));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  test("goes on by the time that has passed when a new broadcast begins with an epoch of its own", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "common");
    timeline.place("video", 50_000_000, 0);
    timeline.begin("two", "common");
    expect(timeline.place("video", 3_000_000_000, 7_000_000)).toBe(7000);
    expect(timeline.place("audio", 3_000_020_000, 7_020_000)).toBe(7020);
  });

  test("goes on by the sender's stamps when the same broadcast comes back", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "common");
    timeline.place("video", 0, 0);
    timeline.begin("one", "common");
    expect(timeline.place("video", 7_000_000, 7_900_000)).toBe(7000);
  });

  test("takes a leap of the sender's clock for no time at all", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "common");
    timeline.place("video", 0, 0);
    expect(timeline.place("video", 86_400_000_000, 33_000)).toBe(33);
    expect(timeline.place("video", 86_400_033_000, 66_000)).toBe(66);
    expect(timeline.place("video", 99_000, 99_000)).toBe(99);
  });

  test("puts tracks with epochs of their own side by side, by when they arrive", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "separate");
    const places: Record<"video" | "audio", number[]> = { video: [], audio: [] };
    for (let ms = 0; ms < 3000; ms += 20) {
      places.video.push(timeline.place("video", 1_733_000_000 + ms * 1000, (ms + 8) * 1000));
      places.audio.push(timeline.place("audio", ms * 1000, (ms + 5) * 1000));
    }
    const apart = places.video.map((ms, index) => ms - places.audio[index]!);
    expect(Math.max(...apart.map(Math.abs))).toBeLessThanOrEqual(8);
  });

  test("lets frames come in late bursts, as after a stall of the network", () => {
    const timeline = new StreamTimeline();
    timeline.begin("one", "common");
    timeline.place("video", 0, 0);
    const times = [33, 66, 99, 4000].map((ms) => timeline.place("video", ms * 1000, 4_050_000));
    expect(times).toEqual([33, 66, 99, 4000]);
  });

  test.each(["common", "separate"] as const)(
    "a network that stood still for 12 s and lets go of everything then moves no time (%s)",
    (clock) => {
      const timeline = new StreamTimeline();
      timeline.begin("one", clock);
      const second = 1_000_000;
      const arrivalOf = (stampUs: number): number =>
        stampUs > 5 * second && stampUs < 17 * second ? 17 * second : stampUs;
      for (let stampUs = 0; stampUs < 30 * second; stampUs += 40_000) {
        for (const track of ["video", "audio"] as const) {
          expect(timeline.place(track, stampUs, arrivalOf(stampUs))).toBe(stampUs / 1000);
        }
      }
    },
  );
});
