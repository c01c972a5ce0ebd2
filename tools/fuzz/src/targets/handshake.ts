import { ClientHandshake, ServerHandshake } from "@rtmp/handshake";
import type { HandshakeProgress } from "@rtmp/handshake";
import { concat, randomSplits, u8 } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { handshakeErrors } from "../families.ts";
import { mutated } from "../mutate.ts";
import { expectDead, expectSame, observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { BrokenLaw } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const PACKET_SIZE = 1536;

interface Side {
  push(bytes: Uint8Array): HandshakeProgress;
}

/** `ServerHandshake` and `ClientHandshake`, each fed what the other would send, spoiled. */
export const handshakeTarget: FuzzTarget = {
  name: "handshake",
  codes: handshakeErrors.codes,
  generate(random) {
    return mutated(handshakeCorpus(random), random);
  },
  check(input, random): Verdict {
    const server = checkSide(input, random, () => new ServerHandshake(source()), 1 + 2 * PACKET_SIZE);
    const scheme = random.pick(["simple", "digest"] as const);
    const client = checkSide(input, random, () => started(new ClientHandshake({ scheme, ...source() })), PACKET_SIZE);
    return { codes: [server, client].filter((code) => code !== undefined) };
  },
};

function source(): { readonly random: (size: number) => Uint8Array } {
  return { random: (size) => new Uint8Array(size).fill(0x5a) };
}

function started(client: ClientHandshake): ClientHandshake {
  client.start();
  return client;
}

function handshakeCorpus(random: SeededRandom): readonly Uint8Array[] {
  const chance = { random: (size: number): Uint8Array => random.bytes(size) };
  const c0c1 = new ClientHandshake({ scheme: "digest", ...chance }).start();
  const s0s1s2 = new ServerHandshake(chance).push(c0c1).reply ?? u8();
  const second = random.bytes(PACKET_SIZE);
  return [
    concat(c0c1, second, random.bytes(random.int(0, 40))),
    concat(s0s1s2, random.bytes(random.int(0, 40))),
    concat(u8(3), new Uint8Array(2 * PACKET_SIZE), u8(2, 0, 0)),
    concat(u8(3), random.bytes(PACKET_SIZE)),
    concat(u8(6), second, second),
  ];
}

function checkSide(input: Uint8Array, random: SeededRandom, make: () => Side, replySize: number): string | undefined {
  const whole = shake(make(), [input.slice()], replySize);
  expectSame("split", whole, shake(make(), randomSplits(input, random), replySize));
  if (input.length < 4000 && random.int(0, 15) === 0) {
    expectSame(
      "split",
      whole,
      shake(
        make(),
        Array.from(input, (byte) => u8(byte)),
        replySize,
      ),
    );
  }
  return whole.fault?.code;
}

/** All that was replied, in one piece, and what was left over, in one piece. */
function shake(side: Side, pieces: readonly Uint8Array[], replySize: number): Observation {
  const replies: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let scheme: string | undefined;
  const observation = observe(() => {
    for (const piece of pieces) {
      if (scheme !== undefined) rest.push(piece);
      else {
        const progress = pushOrDie(side, piece);
        if (progress.reply !== undefined) replies.push(progress.reply);
        if (!progress.done) continue;
        scheme = progress.scheme;
        rest.push(progress.rest);
      }
    }
  }, handshakeErrors);
  const reply = concat(...replies);
  if (reply.length !== 0 && reply.length !== replySize) throw new BrokenLaw("reply size", `${reply.length} bytes`);
  const seen = [String(scheme), Buffer.from(reply).toString("hex"), Buffer.from(concat(...rest)).toString("hex")];
  return { seen, fault: observation.fault };
}

function pushOrDie(side: Side, piece: Uint8Array): HandshakeProgress {
  try {
    return side.push(piece);
  } catch (error) {
    for (const more of [u8(3), u8(0)]) expectDead(error, () => side.push(more));
    throw error;
  }
}
