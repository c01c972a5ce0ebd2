import { encodeFlvHeader, encodeFlvTag, FlvReader } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { concat, randomSplits, splits } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { flvCorpus } from "../corpus/media.ts";
import { flvErrors } from "../families.ts";
import { mutated } from "../mutate.ts";
import { arrayBytesTaken, attempt, expectDead, expectEqual, expectSame, observe, show } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { BrokenLaw } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const maxTagSizes = [8 * 1024 * 1024, 200, 0xff_ffff];

/** `FlvReader` against `encodeFlvTag`. */
export const flvTarget: FuzzTarget = {
  name: "flv",
  codes: ["FLV_BAD_SIGNATURE", "FLV_UNSUPPORTED_VERSION", "FLV_BAD_HEADER", "FLV_TAG_TOO_LARGE", "FLV_TRUNCATED"],
  generate: (random) => mutated(flvCorpus, random),
  check: checkFile,
};

function checkFile(input: Uint8Array, random: SeededRandom): Verdict {
  const maxTagSize = random.pick(maxTagSizes);
  const tags: FlvTag[] = [];
  const whole = readPieces([input.slice()], maxTagSize, tags);
  expectEqual("ownership", whole.seen.slice(0, tags.length).join(), tags.map(show).join());
  expectSame("split", whole, readPieces(randomSplits(input, random), maxTagSize, []));
  if (input.length < 2000) expectSame("split", whole, readPieces(splits(input, 1), maxTagSize, []));
  if (random.int(0, 15) === 0) checkMemory(input, maxTagSize);
  const written = concat(encodeFlvHeader({ audio: true, video: true }), ...tags.map(encodeFlvTag));
  const again = readPieces([written], 0xff_ffff, []);
  expectSame(
    "round trip",
    { seen: [...tags.map(show), show({ hasAudio: true, hasVideo: true })], fault: undefined },
    again,
  );
  return { codes: whole.fault === undefined ? [] : [whole.fault.code] };
}

/** Reads pieces that are overwritten as soon as they have been pushed; the header is seen last. */
function readPieces(pieces: readonly Uint8Array[], maxTagSize: number, tags: FlvTag[]): Observation {
  const reader = new FlvReader({ maxTagSize });
  const observation = observe((see) => {
    const onTag = (tag: FlvTag): void => {
      tags.push(tag);
      see(tag);
    };
    try {
      for (const piece of pieces) {
        reader.push(piece, onTag);
        piece.fill(0xee);
      }
      reader.end();
    } catch (error) {
      expectDead(error, () => reader.push(new Uint8Array(1), () => undefined));
      expectDead(error, () => reader.end());
      throw error;
    }
  }, flvErrors);
  return { seen: [...observation.seen, show(reader.header)], fault: observation.fault };
}

/** What a header claims costs nothing, only what comes. */
function checkMemory(input: Uint8Array, maxTagSize: number): void {
  const taken = arrayBytesTaken(() => {
    const reader = new FlvReader({ maxTagSize });
    attempt(() => reader.push(input, () => undefined), flvErrors);
  });
  if (taken > input.length * 16 + 1024 * 1024) throw new BrokenLaw("claims", `${taken} bytes taken by ${input.length}`);
}
