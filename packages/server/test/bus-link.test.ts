import { memoryConnectionPair } from "@rtmp/reactor/testing";
import { expect, test } from "vitest";
import { BusLink } from "../src/bus-link.ts";

/** A link whose other end is a bare connection, and what is said of its end. */
function open(): {
  readonly link: BusLink;
  readonly errors: string[];
  readonly breakOff: () => void;
  readonly pump: () => void;
} {
  const { client, server, pump } = memoryConnectionPair();
  client.open({ data: () => undefined, close: () => undefined });
  const errors: string[] = [];
  const ignore = (): void => undefined;
  const link = new BusLink(
    2,
    server,
    { chunkSize: 128, congestedAboveBytes: 1000, onError: (error) => void errors.push(String(error)) },
    { command: ignore, media: ignore, read: ignore, drain: ignore, closed: ignore },
  );
  link.open();
  pump();
  return { link, errors, breakOff: () => client.reset(), pump };
}

test("a link that ends because the other loop does is no error: loops are replaced every day", () => {
  const { link, errors, breakOff, pump } = open();
  breakOff();
  pump();
  expect(link.isOpen).toBe(false);
  expect(errors).toEqual([]);
});

test("a link that is given up because the other loop does not follow is told with its reason", () => {
  const { link, errors, pump } = open();
  link.destroy("too-slow");
  pump();
  expect(errors).toEqual(["Error: to loop 2: too-slow"]);
});
