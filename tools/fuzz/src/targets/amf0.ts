import { Amf0Reader, decode, decodeAll, encode } from "@rtmp/amf0";
import type { Amf0Value, DecodeOptions } from "@rtmp/amf0";
import type { SeededRandom } from "@rtmp/testkit";
import { amf0Corpus } from "../corpus/amf0.ts";
import { amf0Errors } from "../families.ts";
import { mutated } from "../mutate.ts";
import { attempt, expectDead, expectEqual, expectSame, observe, show } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { BrokenLaw } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const limitChoices: readonly DecodeOptions[] = [
  {},
  { allowMissingEnd: true },
  { maxDepth: 8, maxNodes: 40, maxStringBytes: 200 },
  { maxDepth: 512, maxNodes: 1_000_000, maxStringBytes: 1_000_000 },
];
/** More than any value read under the limits above can need, references written out in full. */
const generous: DecodeOptions = { maxDepth: 512, maxNodes: 2 ** 24, maxStringBytes: 2 ** 28 };

/** `decodeAll`, `decode` and `Amf0Reader` against each other and against `encode`. */
export const amf0Target: FuzzTarget = {
  name: "amf0",
  codes: amf0Errors.codes,
  generate: (random) => mutated(amf0Corpus, random),
  check: checkAmf0,
};

function checkAmf0(input: Uint8Array, random: SeededRandom): Verdict {
  const limits = random.pick(limitChoices);
  const bytes = input.slice();
  const values: Amf0Value[] = [];
  const stepwise = observe((see) => readAll(new Amf0Reader(bytes, limits), values, see), amf0Errors);
  bytes.fill(0xee);
  expectEqual("ownership", stepwise.seen.join(), values.map(show).join());
  const all = attempt(() => decodeAll(input, limits), amf0Errors);
  expectSame("decodeAll is Amf0Reader", stepwise, {
    seen: all.fault === undefined ? all.result.map(show) : stepwise.seen,
    fault: all.fault,
  });
  const codes = [stepwise.fault?.code, checkSingle(input, limits, stepwise), checkTyped(input, limits, values)];
  for (const value of values) checkRoundTrip(value);
  return { codes: codes.filter((code) => code !== undefined) };
}

function readAll(reader: Amf0Reader, values: Amf0Value[], see: (value: unknown) => void): void {
  try {
    while (!reader.done) {
      const before = reader.offset;
      const value = reader.read();
      if (reader.offset <= before) throw new BrokenLaw("no progress", `a value of no bytes at ${before}`);
      values.push(value);
      see(value);
    }
  } catch (error) {
    expectDead(error, () => reader.readString());
    throw error;
  }
}

/** `decode` takes exactly the bodies of one value. */
function checkSingle(input: Uint8Array, limits: DecodeOptions, all: Observation): string | undefined {
  const { result, fault } = attempt(() => decode(input, limits), amf0Errors);
  if (all.seen.length === 0) {
    if (fault === undefined) throw new BrokenLaw("decode", `${show(result)} out of a body without values`);
  } else if (all.seen.length === 1 && all.fault === undefined) {
    expectEqual("decode", all.seen[0], fault === undefined ? show(result) : fault.code);
  } else expectEqual("decode", "AMF0_TRAILING_BYTES", fault?.code);
  return fault?.code;
}

function checkTyped(input: Uint8Array, limits: DecodeOptions, values: readonly Amf0Value[]): string | undefined {
  const [first] = values;
  if (values.length === 0) return undefined;
  const text = attempt(() => new Amf0Reader(input, limits).readString(), amf0Errors);
  const number = attempt(() => new Amf0Reader(input, limits).readNumber(), amf0Errors);
  const unexpected = "AMF0_UNEXPECTED_TYPE";
  expectEqual(
    "readString",
    typeof first === "string" ? show(first) : unexpected,
    text.fault?.code ?? show(text.result),
  );
  expectEqual(
    "readNumber",
    typeof first === "number" ? show(first) : unexpected,
    number.fault?.code ?? show(number.result),
  );
  return text.fault?.code ?? number.fault?.code;
}

/** What was read can be written, says the same, and is written the same way again. */
function checkRoundTrip(value: Amf0Value): void {
  const written = encode(value);
  const again = decode(written, generous);
  expectEqual("round trip", show(value), show(again));
  expectEqual("second writing", show(written), show(encode(again)));
}
