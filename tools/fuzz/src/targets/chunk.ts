import {
  ChunkReader,
  ChunkWriter,
  encodeControlMessage,
  encodeMessage,
  MessageTypeId,
  parseControlMessage,
  splitAggregate,
} from "@rtmp/chunk";
import type { ChunkReaderOptions, RtmpMessage } from "@rtmp/chunk";
import { concat, randomSplits, splits, u32 } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { chunkCorpus, chunkSequence, control } from "../corpus/chunks.ts";
import { chunkErrors } from "../families.ts";
import { mutate, mutated } from "../mutate.ts";
import { arrayBytesTaken, attempt, expectDead, expectEqual, expectSame, observe, show } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { BrokenLaw } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const limitChoices: readonly Required<ChunkReaderOptions>[] = [
  { maxMessageSize: 8 * 1024 * 1024, maxChunkStreams: 64, maxBufferedBytes: 16 * 1024 * 1024 },
  { maxMessageSize: 4096, maxChunkStreams: 6, maxBufferedBytes: 1500 },
  { maxMessageSize: 0xff_ffff, maxChunkStreams: 65_600, maxBufferedBytes: 0x7fff_ffff },
];

/** `ChunkReader` against `ChunkWriter` and `encodeMessage`, and what it reads through the control and aggregate readers. */
export const chunkTarget: FuzzTarget = {
  name: "chunk",
  codes: chunkErrors.codes,
  generate(random) {
    if (random.int(0, 1) === 0) return mutated(chunkCorpus, random);
    const sequence = chunkSequence(random);
    return random.int(0, 2) === 0 ? sequence : mutate(sequence, random, chunkCorpus);
  },
  check: checkChunks,
};

function checkChunks(input: Uint8Array, random: SeededRandom): Verdict {
  const limits = random.pick(limitChoices);
  const messages: RtmpMessage[] = [];
  const whole = readPieces([input.slice()], limits, messages);
  expectEqual("ownership", whole.seen.join(), messages.map(show).join());
  expectSame("split", whole, readPieces(randomSplits(input, random), limits, []));
  if (input.length < 2000) expectSame("split", whole, readPieces(splits(input, 1), limits, []));
  if (random.int(0, 15) === 0) checkMemory(input, limits);
  checkWriter(messages);
  checkStatelessWriter(messages, random);
  const codes = messages.flatMap((message) => [checkControl(message), checkAggregate(message)]);
  return { codes: [whole.fault?.code, ...codes].filter((code) => code !== undefined) };
}

/** Reads pieces that are overwritten as soon as they have been pushed. */
function readPieces(
  pieces: readonly Uint8Array[],
  limits: Required<ChunkReaderOptions>,
  messages: RtmpMessage[],
): Observation {
  const reader = new ChunkReader(limits);
  let pushed = 0;
  return observe((see) => {
    for (const piece of pieces) {
      pushed += piece.length;
      try {
        reader.push(piece, (message) => {
          messages.push(message);
          see(message);
        });
      } catch (error) {
        expectDead(error, () => reader.push(new Uint8Array(1), () => undefined));
        throw error;
      } finally {
        piece.fill(0xee);
      }
      if (reader.offset !== pushed) throw new BrokenLaw("offset", `${reader.offset} after ${pushed} bytes`);
      if (reader.bufferedBytes > Math.min(pushed, limits.maxBufferedBytes)) {
        throw new BrokenLaw("bounded", `${reader.bufferedBytes} bytes buffered of ${pushed}`);
      }
    }
  }, chunkErrors);
}

/** What a peer claims costs nothing, only what it sends. */
function checkMemory(input: Uint8Array, limits: Required<ChunkReaderOptions>): void {
  const taken = arrayBytesTaken(() => {
    const reader = new ChunkReader(limits);
    attempt(() => reader.push(input, () => undefined), chunkErrors);
  });
  if (taken > input.length * 16 + 1024 * 1024) throw new BrokenLaw("claims", `${taken} bytes taken by ${input.length}`);
}

/** A `ChunkWriter` writes what was read so that it reads the same. */
function checkWriter(messages: readonly RtmpMessage[]): void {
  const writer = new ChunkWriter();
  const written = messages.map((message) => writer.write(message));
  expectMessages("round trip", messages, concat(...written));
}

function checkStatelessWriter(messages: readonly RtmpMessage[], random: SeededRandom): void {
  const chunkSize = random.pick([1, 127, 128, 4096, 60_000, 0x7fff_ffff]);
  const others = messages.filter(({ typeId }) => typeId !== MessageTypeId.SetChunkSize);
  if (chunkSize === 1 && others.some(({ payload }) => payload.length > 2000)) return;
  const announced = control(MessageTypeId.SetChunkSize, u32(chunkSize));
  const [setChunkSize] = new ChunkReader().read(announced);
  const written = concat(announced, ...others.map((message) => encodeMessage(message, chunkSize)));
  expectMessages("stateless round trip", [setChunkSize, ...others], written);
}

function expectMessages(law: string, messages: readonly (RtmpMessage | undefined)[], bytes: Uint8Array): void {
  const again = readPieces([bytes], limitChoices[2]!, []);
  expectSame(law, { seen: messages.map(show), fault: undefined }, again);
}

function checkControl(message: RtmpMessage): string | undefined {
  const { result, fault } = attempt(() => parseControlMessage(message), chunkErrors);
  if (result === undefined) return fault?.code;
  const again = parseControlMessage(encodeControlMessage(result));
  expectEqual("control round trip", show(result), show(again));
  return undefined;
}

function checkAggregate(message: RtmpMessage): string | undefined {
  const aggregate = { ...message, typeId: MessageTypeId.Aggregate };
  let bytes = 0;
  const { fault } = attempt(() => splitAggregate(aggregate, ({ payload }) => (bytes += payload.length)), chunkErrors);
  if (bytes > message.payload.length) throw new BrokenLaw("bounded", `${bytes} bytes out of ${message.payload.length}`);
  return message.typeId === MessageTypeId.Aggregate ? fault?.code : undefined;
}
