import { expect, test } from "vitest";
import { ConnectionLimits } from "../../src/carriers/connection-limits.ts";

test("the 129th stranger finds no place, whatever its address", () => {
  const limits = new ConnectionLimits();
  for (let i = 0; i < 128; i++) expect(limits.enter(`192.0.2.${i}`)).toBeDefined();
  expect(limits.enter("198.51.100.1")).toBeUndefined();
  expect(limits.refused).toBe(1);
});

test("256 phones are the most, admitted or not", () => {
  const limits = new ConnectionLimits();
  const places = Array.from({ length: 256 }, () => {
    const place = limits.enter("192.0.2.1");
    place?.admit();
    return place;
  });
  expect(places.every((place) => place !== undefined)).toBe(true);
  expect(limits.enter("192.0.2.1")).toBeUndefined();
  places[0]?.leave();
  places[0]?.leave();
  expect(limits.enter("192.0.2.1")).toBeDefined();
  expect(limits.enter("192.0.2.1")).toBeUndefined();
});

test("admitting and leaving twice, in any order, frees one place", () => {
  const limits = new ConnectionLimits({ maxConnections: 3, maxWaiting: 2, maxWaitingPerAddress: 1 });
  const place = limits.enter("a");
  expect(limits.enter("a")).toBeUndefined();
  place?.leave();
  place?.admit();
  place?.admit();
  expect(limits.enter("a")).toBeDefined();
  expect(limits.enter("b")).toBeDefined();
  expect(limits.enter("c")).toBeUndefined();
});
