import { expect, test } from "vitest";
import { StreamDirectory } from "../src/stream-directory.ts";

/** A directory that writes down what it says, with the questions to owners still open. */
class Notes {
  readonly told: string[] = [];
  readonly asked: { readonly loop: number; readonly answer: (givesWay: boolean) => void }[] = [];
  readonly answers: string[] = [];
  readonly directory: StreamDirectory = new StreamDirectory({
    tell: (loop, streamPath, owner) => void this.told.push(`${loop}: ${streamPath} ${owner ?? "nobody"}`),
    askToGiveWay: (loop, _streamPath, answer) => void this.asked.push({ loop, answer }),
  });

  claim(loop: number): void {
    this.directory.claim("live/s", loop, (isGranted) => void this.answers.push(`${loop} ${isGranted ? "yes" : "no"}`));
  }
}

test("a free name is granted at once, and again to the same loop", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.claim(1);
  expect(notes.answers).toEqual(["1 yes", "1 yes"]);
  expect(notes.asked).toEqual([]);
  notes.directory.release("live/s", 1);
  expect(notes.directory.ownerOf("live/s")).toBe(1);
  notes.directory.release("live/s", 1);
  expect(notes.directory.size).toBe(0);
});

test("who watches is told who publishes: at once if somebody does, and of every change", () => {
  const notes = new Notes();
  notes.directory.watch("live/s", 2);
  expect(notes.told).toEqual([]);
  notes.claim(1);
  notes.directory.watch("live/s", 3);
  notes.directory.release("live/s", 1);
  expect(notes.told).toEqual(["2: live/s 1", "3: live/s 1", "2: live/s nobody", "3: live/s nobody"]);
  notes.directory.unwatch("live/s", 2);
  notes.directory.unwatch("live/s", 3);
  expect(notes.directory.size).toBe(0);
});

test("a loop that does not give way keeps the name", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.claim(2);
  expect(notes.asked.map(({ loop }) => loop)).toEqual([1]);
  notes.asked[0]?.answer(false);
  expect(notes.answers).toEqual(["1 yes", "2 no"]);
  expect(notes.directory.ownerOf("live/s")).toBe(1);
});

test("when a loop gives way, those who watch hear of the new owner and of no gap", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.directory.watch("live/s", 3);
  notes.claim(2);
  notes.directory.release("live/s", 1); // its publisher ends before its answer is here
  notes.asked[0]?.answer(true);
  expect(notes.told).toEqual(["3: live/s 1", "3: live/s 2"]);
  expect(notes.answers).toEqual(["1 yes", "2 yes"]);
});

test("claims that come while the owner is asked wait, and are put to the next owner", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.claim(2);
  notes.claim(3);
  notes.asked[0]?.answer(true);
  notes.directory.release("live/s", 1);
  expect(notes.answers).toEqual(["1 yes", "2 yes"]);
  expect(notes.asked.map(({ loop }) => loop)).toEqual([1, 2]);
  notes.asked[1]?.answer(false);
  expect(notes.answers).toEqual(["1 yes", "2 yes", "3 no"]);
});

test("an owner that ends by itself while it is asked leaves the name to who asked, whatever it answers", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.claim(2);
  notes.directory.release("live/s", 1);
  notes.asked[0]?.answer(false);
  expect(notes.answers).toEqual(["1 yes", "2 yes"]);
  expect(notes.directory.ownerOf("live/s")).toBe(2);
});

test("an owner that dies while it is asked leaves the name to who asked", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.directory.watch("live/s", 3);
  notes.claim(2);
  notes.directory.loopGone(1);
  notes.asked[0]?.answer(false); // too late to matter
  expect(notes.answers).toEqual(["1 yes", "2 yes"]);
  expect(notes.told.at(-1)).toBe("3: live/s 2");
});

test("a loop that dies while its claim waits gets nothing, and a name given up for it is free", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.directory.watch("live/s", 3);
  notes.claim(2);
  notes.directory.loopGone(2);
  notes.directory.release("live/s", 1);
  notes.asked[0]?.answer(true);
  expect(notes.directory.ownerOf("live/s")).toBeUndefined();
  expect(notes.told.at(-1)).toBe("3: live/s nobody");
  notes.directory.unwatch("live/s", 3);
  expect(notes.directory.size).toBe(0);
});

test("what a loop published ends with the loop", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.directory.watch("live/s", 1);
  notes.directory.watch("live/s", 2);
  notes.directory.loopGone(1);
  expect(notes.told).toEqual(["1: live/s 1", "2: live/s 1", "2: live/s nobody"]);
  notes.directory.unwatch("live/s", 2);
  expect(notes.directory.size).toBe(0);
});

test("a release that nobody claimed for changes nothing", () => {
  const notes = new Notes();
  notes.claim(1);
  notes.directory.release("live/s", 2);
  notes.directory.release("live/other", 1);
  expect(notes.directory.ownerOf("live/s")).toBe(1);
  expect(notes.directory.size).toBe(1);
});

test("each tenure of a name has a higher number than the one before, and a second claim of the same loop has none of its own", () => {
  const { directory } = new Notes();
  const claim = (loop: number): number => {
    directory.claim("live/s", loop, () => undefined);
    return directory.tenureOf("live/s");
  };
  const first = claim(1);
  expect(claim(1)).toBe(first);
  directory.release("live/s", 1);
  directory.release("live/s", 1); // the name is forgotten, its number is not used again
  expect(claim(2)).toBeGreaterThan(first);
});
