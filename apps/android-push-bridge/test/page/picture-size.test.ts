import { describe, expect, test } from "vitest";
import { avcChoices, avcConfiguration } from "../../src/page/avc-choices.ts";
import { fitted, haveOneShape, levelFor, scaled, shrunk } from "../../src/page/picture-size.ts";

describe("sizes", () => {
  test.for([
    [{ width: 1920, height: 1080 }, 720, { width: 1280, height: 720 }],
    [{ width: 1080, height: 1920 }, 360, { width: 360, height: 640 }],
    [{ width: 640, height: 480 }, 720, { width: 640, height: 480 }],
    [{ width: 1440, height: 1080 }, 540, { width: 720, height: 540 }],
    [{ width: 853, height: 481 }, 720, { width: 854, height: 482 }],
  ] as const)("%o with a short side of %i at most is %o", ([size, shortSide, expected]) => {
    expect(shrunk(size, shortSide)).toEqual(expected);
  });

  test("a picture never vanishes", () => {
    expect(scaled({ width: 3, height: 1 }, 0.01)).toEqual({ width: 2, height: 2 });
  });

  test("an upright picture in a lying one has black on both sides", () => {
    const placement = fitted({ width: 720, height: 1280 }, { width: 1280, height: 720 });
    expect(placement).toEqual({ x: 438, y: 0, width: 405, height: 720 });
  });

  test("a picture of one shape fills the other", () => {
    const placement = fitted({ width: 1920, height: 1080 }, { width: 640, height: 360 });
    expect(placement).toEqual({ x: 0, y: 0, width: 640, height: 360 });
  });

  test("rounding to even numbers makes no other shape, turning does", () => {
    expect(haveOneShape({ width: 854, height: 480 }, { width: 1920, height: 1080 })).toBe(true);
    expect(haveOneShape({ width: 640, height: 480 }, { width: 640, height: 360 })).toBe(false);
    expect(haveOneShape({ width: 640, height: 360 }, { width: 360, height: 640 })).toBe(false);
  });
});

describe("H.264", () => {
  test.for([
    [640, 360, 30, 800_000, 0x1e],
    [1280, 720, 30, 2_500_000, 0x1f],
    [720, 1280, 30, 2_500_000, 0x1f],
    [1920, 1080, 30, 4_500_000, 0x28],
    [1920, 1080, 60, 8_000_000, 0x2a],
    [3840, 2160, 30, 20_000_000, 0x33],
    [3840, 2160, 60, 40_000_000, 0x34],
  ] as const)("%ix%i at %i/s and %i bit/s is level %i", ([width, height, framesPerSecond, bitrate, level]) => {
    expect(levelFor({ width, height }, framesPerSecond, bitrate)).toBe(level);
  });

  test("the phone's circuit comes before software, and high before main before baseline", () => {
    const target = { width: 1280, height: 720, bitrate: 2_500_000, framesPerSecond: 30 };
    const order = avcChoices.map((choice) => {
      const { codec, hardwareAcceleration } = avcConfiguration(choice, target);
      return `${hardwareAcceleration} ${codec}`;
    });
    expect([...new Set(order)]).toEqual([
      "prefer-hardware avc1.64001f",
      "prefer-hardware avc1.4d001f",
      "prefer-hardware avc1.42e01f",
      "no-preference avc1.64001f",
      "no-preference avc1.4d001f",
      "no-preference avc1.42e01f",
    ]);
  });
});
