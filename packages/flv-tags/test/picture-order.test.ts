import { concat } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { H264Reader } from "../src/index.ts";
import { ShowOrder } from "../src/picture-order.ts";
import { pps, slice, sps, stream } from "./h264-bytes.ts";

/** Adds pictures by their order counts. Gives the places they got, in decode order, and the most that ever waited. */
function placesOf(orders: readonly number[], depth: number): { places: number[]; mostWaiting: number } {
  const showOrder = new ShowOrder<number>();
  const places: number[] = [];
  const left: number[] = [];
  let mostWaiting = 0;
  const onFrame = (index: number, place: number): void => {
    left.push(index);
    places.push(place);
  };
  orders.forEach((order, index) => {
    showOrder.add(index, order, index === 0, depth, onFrame);
    mostWaiting = Math.max(mostWaiting, index + 1 - left.length);
  });
  showOrder.flush(onFrame);
  expect(left).toEqual(orders.map((_, index) => index)); // decode order, none lost
  return { places, mostWaiting };
}

/** The middle one first, then the halves likewise: the order in which a pyramid of B pictures is coded. */
function pyramid(first: number, last: number): number[] {
  if (first > last) return [];
  const middle = Math.floor((first + last) / 2);
  return [middle, ...pyramid(first, middle - 1), ...pyramid(middle + 1, last)];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe("pictures out of order", () => {
  test("are placed exactly with up to 16 between two that refer to each other", () => {
    for (const count of range(0, 16)) {
      for (const [between, depth] of [
        [range(1, count), 1],
        [pyramid(1, count), 5],
        [pyramid(1, count), 16],
      ] as const) {
        const group = (start: number): number[] => [count + 1, ...between].map((order) => start + order);
        const orders = [0, ...group(0), ...group(count + 1), ...group(2 * (count + 1))];
        expect(placesOf(orders, depth).places).toEqual(orders);
      }
    }
  });

  test("wait 16 at a time and no more, even for one that is shown last of all", () => {
    expect(placesOf([0, 1e9, ...range(1, 3000)], 1)).toEqual({
      places: [0, 17, ...range(1, 16), ...range(18, 3001)],
      mostWaiting: 16,
    });
    const falling = range(0, 3000).map((index) => -index);
    for (const depth of [1, 2, 16]) expect(placesOf(falling, depth).mostWaiting).toBe(16);
  });

  test("hold back 16 units of a whole stream and no more", () => {
    const idr = slice({ isIdr: true, order: 0 });
    const low = stream(slice({ frameNum: 2, order: 2, isReference: false }));
    const late = slice({ frameNum: 1, order: 15, isReference: false });
    const reader = new H264Reader();
    let unitCount = 0;
    const count = (): void => {
      unitCount += 1;
    };
    reader.push(concat(stream(sps({ reorderDepth: 1 }), pps()), stream(idr, late)), count);
    for (let pushed = 2; pushed < 3002; pushed++) {
      reader.push(low, count);
      expect(pushed - unitCount).toBeLessThanOrEqual(16 + 1); // the last one still lacks the start of the next
    }
    reader.end(count);
    expect(unitCount).toBe(3002);
  });

  test("are let go after 16 others, behind those known to be shown before and ahead of all that come later", () => {
    const orders = [100, ...range(1, 13), 200, 300, 50, 60];
    expect(placesOf(orders, 5).places).toEqual([14, ...range(0, 12), 16, 17, 13, 15]);
  });

  test("take time in proportion to their number", () => {
    const count = 100_000;
    const { places } = placesOf([0, 1e9, ...range(1, count)], 1);
    expect(places).toHaveLength(count + 2);
  });
});
