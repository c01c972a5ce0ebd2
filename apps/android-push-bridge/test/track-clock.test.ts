import { describe, expect, test } from "vitest";
import { TrackClock } from "../src/clock/track-clock.ts";

const SECOND = 1_000_000;

/** The same numbers in [0, 1) on every run. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Track {
  readonly clock: TrackClock;
  /** What the device's clock shows when the common clock shows 0. */
  readonly epochUs: number;
  readonly intervalUs: number;
  /** How much faster the device's clock runs. */
  readonly rate?: number;
  readonly delayUs: (madeAtUs: number) => number;
}

/** How far the answers are from the truth, for everything that a track makes between two times. */
function errors(track: Track, fromUs: number, toUs: number): number[] {
  const { clock, epochUs, intervalUs, rate = 1, delayUs } = track;
  const found: number[] = [];
  let arrivalUs = fromUs;
  for (let madeAtUs = fromUs; madeAtUs < toUs; madeAtUs += intervalUs) {
    arrivalUs = Math.max(arrivalUs, madeAtUs + delayUs(madeAtUs)); // a queue keeps the order
    found.push(clock.toCommon(Math.round(epochUs + madeAtUs * rate), arrivalUs) - madeAtUs);
  }
  return found;
}

/** The answers to a list of stamps and arrivals. */
function answers(clock: TrackClock, pairs: readonly (readonly [stamp: number, arrival: number])[]): number[] {
  return pairs.map(([stamp, arrival]) => clock.toCommon(stamp, arrival));
}

describe("tracks of different epochs", () => {
  test("a camera that counts from the phone's start and a microphone from 0 get one clock", () => {
    const random = numbers(1);
    const camera: Track = {
      clock: new TrackClock(),
      epochUs: 1733 * SECOND,
      intervalUs: 33_333,
      delayUs: () => 8_000 + random() * 40_000,
    };
    const microphone: Track = {
      clock: new TrackClock(),
      epochUs: -5 * SECOND,
      intervalUs: 10_000,
      delayUs: () => 5_000 + random() * 20_000,
    };
    const pictures = errors(camera, 5 * SECOND, 20 * SECOND).slice(30);
    const sounds = errors(microphone, 5 * SECOND, 20 * SECOND).slice(100);
    for (const error of [...pictures, ...sounds]) {
      expect(error).toBeGreaterThanOrEqual(5_000);
      expect(error).toBeLessThan(20_000);
    }
  });

  test("without jitter every answer is the arrival itself", () => {
    const clock = new TrackClock();
    const pairs = Array.from({ length: 100 }, (_, index) => [index * 20_000, 7 * SECOND + index * 20_000] as const);
    expect(answers(clock, pairs)).toEqual(pairs.map(([, arrival]) => arrival));
  });
});

describe("the first second", () => {
  test("time goes on, more slowly, while a late first stamp is corrected", () => {
    const clock = new TrackClock();
    const first = clock.toCommon(0, 300_000);
    const next = answers(
      clock,
      Array.from({ length: 40 }, (_, index) => [(index + 1) * 20_000, 305_000 + index * 20_000] as const),
    );
    expect(first).toBe(300_000);
    let before = first;
    for (const answer of next) {
      expect(answer).toBeGreaterThan(before);
      before = answer;
    }
    expect(next.at(-1)).toBe(40 * 20_000 + 285_000);
  });

  test("an answer is never later than the arrival", () => {
    const random = numbers(2);
    const clock = new TrackClock();
    let arrival = 0;
    for (let stamp = 0; stamp < 5 * SECOND; stamp += 10_000) {
      arrival = Math.max(arrival, stamp + random() * 200_000);
      expect(clock.toCommon(stamp, arrival)).toBeLessThanOrEqual(Math.round(arrival));
    }
  });
});

describe("jumps and pauses", () => {
  test("a track whose stamps begin anew goes on from its arrival", () => {
    const clock = new TrackClock();
    clock.toCommon(900 * SECOND, SECOND);
    clock.toCommon(901 * SECOND, 2 * SECOND);
    expect(clock.toCommon(0, 2_050_000)).toBe(2_050_000);
    expect(clock.toCommon(20_000, 2_070_000)).toBe(2_070_000);
  });

  test("stamps that leap ahead of the arrivals are anchored to them at once", () => {
    const clock = new TrackClock();
    clock.toCommon(0, SECOND);
    expect(clock.toCommon(50 * SECOND, 1_020_000)).toBe(1_020_000);
  });

  test("a pause in which the stamps go on moves nothing", () => {
    const clock = new TrackClock();
    clock.toCommon(0, SECOND);
    expect(clock.toCommon(60 * SECOND, 61 * SECOND)).toBe(61 * SECOND);
  });

  test("a microphone that counts samples is moved past its pause of minutes after a second", () => {
    const clock = new TrackClock();
    clock.toCommon(0, 0);
    const late = 120 * SECOND;
    const after = answers(
      clock,
      Array.from({ length: 200 }, (_, index) => [(index + 1) * 10_000, late + index * 10_000] as const),
    );
    expect(after[0]).toBe(10_000);
    expect(after.at(-1)).toBe(late + 199 * 10_000);
    expect(after.toSorted((one, other) => one - other)).toEqual(after);
  });

  test("a burst after a stall of three seconds keeps its true times", () => {
    const track: Track = {
      clock: new TrackClock(),
      epochUs: 0,
      intervalUs: 20_000,
      delayUs: (madeAtUs) => (madeAtUs > 5 * SECOND && madeAtUs < 8 * SECOND ? 8 * SECOND - madeAtUs : 1_000),
    };
    for (const error of errors(track, 0, 12 * SECOND)) expect(error).toBe(1_000);
  });

  test("half a second of lost samples is made up for within two windows", () => {
    const clock = new TrackClock();
    for (let at = 0; at < 5 * SECOND; at += 10_000) clock.toCommon(at, at);
    let answer = 0;
    for (let at = 5.5 * SECOND; at < 27 * SECOND; at += 10_000) answer = clock.toCommon(at - 0.5 * SECOND, at);
    expect(answer).toBe(27 * SECOND - 10_000);
  });
});

describe("drift", () => {
  test.for([1.0001, 0.9999])("a device whose clock runs at %f is followed for hours", (rate) => {
    const random = numbers(3);
    const track: Track = {
      clock: new TrackClock(),
      epochUs: 1733 * SECOND,
      intervalUs: 40_000,
      rate,
      delayUs: () => random() * 30_000,
    };
    const late = errors(track, 0, 3 * 3600 * SECOND);
    const worst = late.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
    expect(worst).toBeLessThan(35_000); // without it: 1 s
  });

  test("time never goes back, whatever the stamps do", () => {
    const random = numbers(4);
    for (let round = 0; round < 200; round += 1) {
      const clock = new TrackClock();
      let before = Number.NEGATIVE_INFINITY;
      let stamp = 0;
      let arrival = 0;
      for (let step = 0; step < 200; step += 1) {
        arrival += random() * 50_000;
        stamp += random() < 0.02 ? (random() - 0.5) * 20 * SECOND : random() * 50_000;
        const answer = clock.toCommon(Math.round(stamp), Math.round(arrival));
        expect(Number.isSafeInteger(answer)).toBe(true);
        expect(answer).toBeGreaterThanOrEqual(before);
        before = answer;
      }
    }
  });
});
