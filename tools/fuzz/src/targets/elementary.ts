import {
  AacReader,
  aacFrameToTags,
  avcUnitToTags,
  H264Reader,
  joinAnnexB,
  joinLengthPrefixed,
  parseAdtsHeader,
  parseAvcDecoderConfigurationRecord,
  rawToAdts,
  splitAdts,
  splitAnnexB,
  splitLengthPrefixed,
} from "@rtmp/flv-tags";
import { concat, randomSplits, splits } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { frameCorpus, h264Corpus } from "../corpus/media.ts";
import { flvErrors } from "../families.ts";
import { mutated } from "../mutate.ts";
import { attempt, expectDead, expectEqual, expectSame, observe, show } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { BrokenLaw } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const corpus = [...h264Corpus, ...frameCorpus];

interface StreamReader<Item> {
  push(bytes: Uint8Array, onItem: (item: Item) => void): void;
  end(onItem: (item: Item) => void): void;
}

/** Readers of raw H.264 and AAC, and the splitters of NAL units and ADTS frames. */
export const elementaryTarget: FuzzTarget = {
  name: "elementary",
  codes: ["FLV_TRUNCATED", "FLV_BAD_CONFIG", "FLV_BAD_NAL_UNIT", "FLV_BAD_ADTS", "FLV_ACCESS_UNIT_TOO_LARGE"],
  generate: (random) => mutated(corpus, random),
  check: checkStream,
};

function checkStream(input: Uint8Array, random: SeededRandom): Verdict {
  const maxAccessUnitSize = random.pick([8 * 1024 * 1024, 64, 2000]);
  const options = { maxAccessUnitSize, ...random.pick([{}, { frameRate: 25 }, { frameRate: 29.97 }]) };
  const h264 = checkSplits(
    input,
    random,
    () => new H264Reader(options),
    (unit) => {
      if (unit.data.length > maxAccessUnitSize) throw new BrokenLaw("bounded", `a unit of ${unit.data.length} bytes`);
      if (unit.config !== undefined) parseAvcDecoderConfigurationRecord(unit.config);
      splitLengthPrefixed(unit.data);
      avcUnitToTags(unit);
    },
  );
  const aac = checkSplits(input, random, () => new AacReader(), aacFrameToTags);
  const codes = [h264.fault?.code, aac.fault?.code, checkAdts(input), checkLengthPrefixed(input)];
  checkAnnexB(input);
  return { codes: codes.filter((code) => code !== undefined) };
}

/** Every cut gives the same items and the same end, and each item holds what it must. */
function checkSplits<Item>(
  input: Uint8Array,
  random: SeededRandom,
  make: () => StreamReader<Item>,
  inspect: (item: Item) => void,
): Observation {
  const items: Item[] = [];
  const whole = readPieces([input.slice()], make(), items);
  expectEqual("ownership", whole.seen.join(), items.map(show).join());
  items.forEach(inspect);
  expectSame("split", whole, readPieces(randomSplits(input, random), make(), []));
  if (input.length < 1000) expectSame("split", whole, readPieces(splits(input, 1), make(), []));
  return whole;
}

function readPieces<Item>(pieces: readonly Uint8Array[], reader: StreamReader<Item>, items: Item[]): Observation {
  return observe((see) => {
    const onItem = (item: Item): void => {
      items.push(item);
      see(item);
    };
    try {
      for (const piece of pieces) {
        reader.push(piece, onItem);
        piece.fill(0xee);
      }
      reader.end(onItem);
    } catch (error) {
      expectDead(error, () => reader.push(new Uint8Array(1), onItem));
      expectDead(error, () => reader.end(onItem));
      throw error;
    }
  }, flvErrors);
}

/** Frames cut out of ADTS get a header again that says the same. */
function checkAdts(input: Uint8Array): string | undefined {
  const { result: frames, fault } = attempt(() => splitAdts(input), flvErrors);
  if (frames === undefined) return fault.code;
  for (const { header, data } of frames) {
    const isSame = header.headerSize === 7 || data.length + 7 <= 0x1fff;
    if (!isSame) continue;
    const again = parseAdtsHeader(rawToAdts(header, data));
    const plain = { ...header, headerSize: 7, frameSize: 7 + data.length };
    expectEqual("ADTS round trip", show(plain), show(again));
  }
  return undefined;
}

function checkLengthPrefixed(input: Uint8Array): string | undefined {
  let code: string | undefined;
  for (const lengthSize of [1, 2, 3, 4] as const) {
    const { result: nalUnits, fault } = attempt(() => splitLengthPrefixed(input, lengthSize), flvErrors);
    code ??= fault?.code;
    if (nalUnits === undefined) continue;
    const again = splitLengthPrefixed(joinLengthPrefixed(nalUnits, lengthSize), lengthSize);
    expectEqual("length-prefixed round trip", show(nalUnits), show(again));
  }
  return code;
}

/** Splitting never throws, and units that were split apart and joined again split the same. */
function checkAnnexB(input: Uint8Array): void {
  const nalUnits = splitAnnexB(input);
  expectEqual("Annex B round trip", show(nalUnits), show(splitAnnexB(joinAnnexB(nalUnits))));
  const size = concat(...nalUnits).length;
  if (size > input.length) throw new BrokenLaw("bounded", `${size} bytes out of ${input.length}`);
}
