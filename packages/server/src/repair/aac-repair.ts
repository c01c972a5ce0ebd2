import { MessageTypeId } from "@rtmp/chunk";
import { encodeAudioSpecificConfig, parseAdtsHeader } from "@rtmp/flv-tags";
import type { AdtsHeader } from "@rtmp/flv-tags";
import type { EmitMessage } from "./repair.ts";

/** So many messages without ADTS, and the publisher is believed. */
const maxLooks = 64;
/** Encoders put one frame into a message, seldom a few; each may become a message here. */
const maxFrames = 16;
const samplesPerFrame = 1024;
const AAC = 10;
const SEQUENCE_HEADER = 0;
const RAW = 1;
/** The sound byte and the AAC packet type. */
const tagHeaderSize = 2;

/**
 * Takes the ADTS headers off AAC frames that must not have any, and makes the sequence header of them that is missing.
 *
 * One message is enough to know: a raw frame never begins with ADTS' sync word, which would be the end of the frame.
 */
export class AacRepair {
  readonly #onRepair: () => void;
  #looksLeft = maxLooks;
  /** What the last sequence header was made of; `undefined`: nothing has been mended. */
  #madeOf: AdtsHeader | undefined;

  /** `onRepair` is told once, ahead of the first message that is mended. */
  constructor(onRepair: () => void) {
    this.#onRepair = onRepair;
  }

  /** Nothing is wrong with the sound, and nobody looks any more. */
  get isDone(): boolean {
    return this.#looksLeft === 0;
  }

  /** Returns false if the message is to be passed on as it is; otherwise it has been emitted, in another form. */
  take(timestamp: number, payload: Uint8Array, emit: EmitMessage): boolean {
    if (this.isDone) return false;
    const isAac = payload.length >= tagHeaderSize && payload[0]! >>> 4 === AAC;
    const isMended = this.#madeOf !== undefined;
    if (!isMended && isAac && payload[1] === SEQUENCE_HEADER) this.#looksLeft = 0;
    if (!isAac || payload[1] !== RAW || payload[tagHeaderSize] !== 0xff) return this.#passOn();
    const { headers, isWhole } = readHeaders(payload);
    if (!isMended && (!isWhole || headers.length === 0)) return this.#passOn();
    this.#emitFrames(timestamp, payload, headers, emit);
    return true;
  }

  #passOn(): false {
    if (this.#madeOf === undefined && this.#looksLeft > 0) this.#looksLeft--;
    return false;
  }

  #emitFrames(timestamp: number, payload: Uint8Array, headers: readonly AdtsHeader[], emit: EmitMessage): void {
    const [first] = headers;
    if (first === undefined) return; // cut short: nobody can decode it
    const soundByte = payload[0]!;
    this.#announce(timestamp, soundByte, first, emit);
    let at = tagHeaderSize;
    let samples = 0;
    for (const header of headers) {
      const data = payload.subarray(at + header.headerSize, at + header.frameSize);
      at += header.frameSize;
      if (data.length === 0 || !isSameConfig(header, first)) continue;
      const delay = Math.round((samples * 1000) / header.samplingFrequency);
      samples += samplesPerFrame;
      emit(MessageTypeId.Audio, (timestamp + delay) >>> 0, audioMessage(soundByte, RAW, data));
    }
  }

  #announce(timestamp: number, soundByte: number, header: AdtsHeader, emit: EmitMessage): void {
    const before = this.#madeOf;
    if (before !== undefined && isSameConfig(before, header)) return;
    this.#madeOf = header;
    if (before === undefined) this.#onRepair();
    emit(MessageTypeId.Audio, timestamp, audioMessage(soundByte, SEQUENCE_HEADER, encodeAudioSpecificConfig(header)));
  }
}

/** The headers of the frames that are whole, and whether there is nothing else in the message. */
function readHeaders(payload: Uint8Array): { readonly headers: readonly AdtsHeader[]; readonly isWhole: boolean } {
  const headers: AdtsHeader[] = [];
  let at = tagHeaderSize;
  try {
    while (at < payload.length && headers.length < maxFrames) {
      const header = parseAdtsHeader(payload, at);
      if (at + header.frameSize > payload.length) break;
      headers.push(header);
      at += header.frameSize;
    }
  } catch {
    // What follows is no ADTS frame.
  }
  return { headers, isWhole: at === payload.length };
}

function isSameConfig(one: AdtsHeader, other: AdtsHeader): boolean {
  return (
    one.objectType === other.objectType &&
    one.samplingFrequency === other.samplingFrequency &&
    one.channelConfiguration === other.channelConfiguration
  );
}

function audioMessage(soundByte: number, packetType: number, body: Uint8Array): Uint8Array {
  const payload = new Uint8Array(tagHeaderSize + body.length);
  payload[0] = soundByte;
  payload[1] = packetType;
  payload.set(body, tagHeaderSize);
  return payload;
}
