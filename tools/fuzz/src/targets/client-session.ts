import { encode } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import { ClientSession } from "@rtmp/session";
import { concat, hex, randomSplits } from "@rtmp/testkit";
import { expectSame } from "../observation.ts";
import { ScriptedPeer, serverCommands } from "../scripted-messages.ts";
import { joinedSteps, peerHandshake, scriptedSteps, SessionRun } from "../session-host.ts";
import type { Step } from "../session-host.ts";
import { Tape } from "../tape.ts";
import type { FuzzTarget, Verdict } from "../target.ts";
import { scriptBytes } from "./server-session.ts";

const CHUNK_SIZE = 65_536;
const setChunkSize = hex("02 000000 000004 01 00000000 00010000");
const connectParameters = { app: "live", tcUrl: "rtmp://127.0.0.1/live" };

/** `ClientSession` against a server that says anything at all once it has accepted the connection. */
export const clientSessionTarget: FuzzTarget = {
  name: "client-session",
  codes: ["SESSION_BAD_COMMAND", "CHUNK_BAD_CONTROL_MESSAGE", "CHUNK_BAD_AGGREGATE", "AMF0_TRUNCATED"],
  generate: (random) => scriptBytes(random),
  check(input, random): Verdict {
    const steps = stepsOf(input);
    const whole = new Host().live(joinedSteps(steps), (bytes) => [bytes]);
    const cut = new Host().live(steps, (bytes) => randomSplits(bytes, random));
    expectSame("split", whole.observation(), cut.observation());
    return { codes: whole.fault === undefined ? [] : [whole.fault.code] };
  },
};

function stepsOf(input: Uint8Array): Step<Host>[] {
  const tape = new Tape(input);
  const server = new ScriptedPeer(tape, serverCommands, CHUNK_SIZE);
  const result = (transactionId: number, value: number): Uint8Array => {
    const payload = encode("_result", transactionId, null, value);
    const typeId = MessageTypeId.CommandAmf0;
    return server.write({ chunkStreamId: 3, messageStreamId: 0, typeId, timestamp: 0, payload });
  };
  const prologue = [(host: Host): void => host.open(), concat(peerHandshake, setChunkSize, result(1, 0), result(2, 1))];
  const next = (): Step<Host> => (tape.u8() % 6 === 0 ? hostAction(tape) : server.next());
  return scriptedSteps(prologue, () => tape.done, next);
}

function hostAction(tape: Tape): (host: Host) => void {
  const id = tape.pick([1, 1, 2, 0xffff_ffff]);
  const name = tape.pick(["s", "", "s?token=1", "é".repeat(2000)]);
  const timestamp = tape.pick([0, 40, 0xff_ffff, 0xffff_ffff]);
  const payload = new Uint8Array(tape.u8() * 40);
  switch (tape.u8() % 8) {
    case 0:
      return ({ run, session }) => session.createStream((messageStreamId) => run.see({ created: messageStreamId }));
    case 1:
      return ({ session }) => session.publish(id, name);
    case 2:
      return ({ session }) => session.play(id, name);
    case 3:
      return ({ run, session }) => session.call(name, [id, null], (reply) => run.see(reply));
    case 4:
      return ({ session }) => session.deleteStream(id);
    case 5:
      return ({ session }) => session.setBufferLength(id, 3000);
    case 6:
      return ({ session }) => session.sendMedia(id, MessageTypeId.Video, timestamp, payload);
    default:
      return ({ run, session }) => session.connect(connectParameters, (reply) => run.see(reply));
  }
}

class Host {
  readonly session: ClientSession;
  readonly run: SessionRun;

  constructor() {
    const options = {
      windowAcknowledgementSize: 1000,
      chunkSize: 4096,
      random: (size: number) => new Uint8Array(size),
    };
    this.session = new ClientSession({ ...options, onEvent: (event) => this.run.see(event) });
    this.run = new SessionRun(this.session);
  }

  live(steps: readonly Step<Host>[], cut: (bytes: Uint8Array) => readonly Uint8Array[]): SessionRun {
    this.run.run(steps, this, cut);
    return this.run;
  }

  open(): void {
    this.session.start();
    this.session.connect(connectParameters, (reply) => this.run.see(reply));
    this.session.createStream((messageStreamId) => this.run.see({ created: messageStreamId }));
  }
}
