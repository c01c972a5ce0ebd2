import { encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import { ServerSession } from "@rtmp/session";
import type { Decision, ServerSessionEvent } from "@rtmp/session";
import { concat, hex, randomSplits } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { sessionErrors } from "../families.ts";
import { mutate } from "../mutate.ts";
import { expectSame } from "../observation.ts";
import { clientCommands, ScriptedPeer } from "../scripted-messages.ts";
import { joinedSteps, peerHandshake, scriptedSteps, SessionRun } from "../session-host.ts";
import type { Step } from "../session-host.ts";
import { Tape } from "../tape.ts";
import { BrokenLaw } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const CHUNK_SIZE = 65_536;
const setChunkSize = hex("02 000000 000004 01 00000000 00010000");

/** `ServerSession` behind the handshake and mostly behind `connect`: commands, media, decisions, time. */
export const serverSessionTarget: FuzzTarget = {
  name: "server-session",
  codes: [...sessionErrors.codes, "CHUNK_BAD_CONTROL_MESSAGE", "CHUNK_BAD_AGGREGATE", "AMF0_TRUNCATED"],
  generate: (random) => scriptBytes(random),
  check(input, random): Verdict {
    const steps = stepsOf(input);
    const whole = new Host().run(joinedSteps(steps), (bytes) => [bytes]);
    const cut = new Host().run(steps, (bytes) => randomSplits(bytes, random));
    expectSame("split", whole.observation(), cut.observation());
    return { codes: whole.fault === undefined ? [] : [whole.fault.code] };
  },
};

/** A script of random bytes: every byte means something to its reader. */
export function scriptBytes(random: SeededRandom): Uint8Array {
  const script = random.bytes(random.int(1, random.pick([40, 200, 1000])));
  return random.int(0, 3) === 0 ? mutate(script, random, [script]).subarray(0, 2000) : script;
}

function stepsOf(input: Uint8Array): Step<Host>[] {
  const tape = new Tape(input);
  const client = new ScriptedPeer(tape, clientCommands, CHUNK_SIZE);
  const next = (): Step<Host> => (tape.u8() % 6 === 0 ? hostAction(tape) : client.next());
  return scriptedSteps(prologue(client, tape.u8()), () => tape.done, next);
}

/** Handshake, Set Chunk Size and, in most scripts, `connect` and `createStream`; then a question that may stay open. */
function prologue(client: ScriptedPeer, form: number): Step<Host>[] {
  const command = (messageStreamId: number, ...values: readonly Amf0Value[]): Uint8Array => {
    const payload = encode(...values);
    return client.write({
      chunkStreamId: 3,
      messageStreamId,
      typeId: MessageTypeId.CommandAmf0,
      timestamp: 0,
      payload,
    });
  };
  const commandObject = { app: "live", tcUrl: "rtmp://127.0.0.1/live", capsEx: form & 15 };
  const parts = [peerHandshake, setChunkSize];
  const isConnecting = form % 8 !== 0 || form % 32 === 8;
  if (isConnecting) parts.push(command(0, "connect", 1, commandObject), command(0, "createStream", 2, null));
  const steps: Step<Host>[] = [concat(...parts)];
  if (form % 32 === 8) steps.unshift((host) => void (host.answer = "reject"));
  if (form % 16 === 15) steps.push((host) => void (host.answer = "hold"));
  if (form % 8 > 3) steps.push(command(1, form % 3 === 0 ? "play" : "publish", 3, null, "s", "live"));
  return steps;
}

function hostAction(tape: Tape): (host: Host) => void {
  const id = tape.pick([1, 1, 2, 0xffff]);
  switch (tape.u8() % 9) {
    case 0:
    case 1:
      return (host) => host.decisions[id % 3]?.accept();
    case 2:
      return (host) => host.decisions[id % 3]?.reject("NetStream.Failed", "no");
    case 3: {
      const answer = tape.pick(["accept", "accept", "reject", "hold", "hold"] as const);
      return (host) => void (host.answer = answer);
    }
    case 4:
    case 5: {
      const ms = tape.pick([0, 1, 1000, 5000, 10_000, 20_000, 60_000]);
      return (host) => host.tick(ms);
    }
    case 6:
      return ({ session }) => session.notifyUnpublish(id);
    case 7:
      return ({ session }) => session.notifyPublish(id);
    default:
      return ({ session }) => {
        session.requestReconnect({ tcUrl: "rtmp://other/live" });
        session.notifyShutdown("bye");
      };
  }
}

/** Whatever embeds a session: it answers questions and moves time. */
class Host {
  readonly session: ServerSession;
  answer: "accept" | "reject" | "hold" = "accept";
  /** The newest first. */
  readonly decisions: Decision[] = [];
  readonly #run: SessionRun;
  #now = 0;

  constructor() {
    this.session = new ServerSession({
      now: () => this.#now,
      onEvent: (event) => this.#onEvent(event),
      random: (size) => new Uint8Array(size),
      limits: {
        ...{ maxStreams: 4, maxSmallMessagesPerSecond: 100, maxPendingBytes: 20_000 },
        ...{ maxCommandSize: 4096, maxDataMessageSize: 4096 },
      },
    });
    this.#run = new SessionRun(this.session);
  }

  run(steps: readonly Step<Host>[], cut: (bytes: Uint8Array) => readonly Uint8Array[]): SessionRun {
    this.#run.run(steps, this, cut);
    if (this.#run.fault !== undefined) for (const decision of this.decisions) decision.accept(); // nothing follows
    return this.#run;
  }

  tick(ms: number): void {
    this.#now += ms;
    this.session.tick();
    const next = this.session.nextDeadline;
    if (next !== undefined && next < this.#now) throw new BrokenLaw("deadline", `${next} is over at ${this.#now}`);
  }

  #onEvent(event: ServerSessionEvent): void {
    this.#run.see(event);
    if (!("decision" in event)) return;
    this.decisions.unshift(event.decision);
    this.decisions.length = Math.min(this.decisions.length, 4);
    if (this.answer === "accept") event.decision.accept();
    else if (this.answer === "reject") event.decision.reject("NetStream.Publish.BadName", "taken");
  }
}
