/** Everything that the page may have to say; what comes first hides what comes later. */
const keysByUrgency = [
  "insecure",
  "noToken",
  "noEncoder",
  "noH264",
  "encoderFailed",
  "permissionDenied",
  "noCamera",
  "cameraBusy",
  "cameraLost",
  "BRIDGE_BAD_TOKEN",
  "BRIDGE_UNSUPPORTED_VERSION",
  "BRIDGE_NO_HELLO",
  "BRIDGE_BAD_FRAME",
  "BRIDGE_BAD_MEDIA",
  "BRIDGE_FRAME_TOO_LARGE",
  "BRIDGE_IDLE",
  "BRIDGE_REPLACED",
  "BRIDGE_TARGET_REFUSED",
  "BRIDGE_CLOSING",
  "BRIDGE_TOO_MANY_CONNECTIONS",
  "noConnection",
  "reconnecting",
  "targetUnreachable",
  "cameraMuted",
  "soundFailed",
  "noMicrophone",
  "wasHidden",
  "batteryLow",
  "noWakeLock",
] as const;

/** The name of a message. */
export type MessageKey = (typeof keysByUrgency)[number];

/** All of them, the most urgent first. */
export const messageKeys: readonly MessageKey[] = keysByUrgency;

/** How bad it is: nothing can be sent, something is missing, or only good to know. */
export type Severity = "error" | "warning" | "hint";

const warnings: ReadonlySet<MessageKey> = new Set([
  "noConnection",
  "reconnecting",
  "targetUnreachable",
  "cameraMuted",
  "soundFailed",
  "noMicrophone",
]);
const hints: ReadonlySet<MessageKey> = new Set(["wasHidden", "batteryLow", "noWakeLock"]);

/** A message that is to be seen. */
export interface Message {
  readonly key: MessageKey;
  readonly severity: Severity;
  /** What the server, the bridge or the browser said itself; may be empty. */
  readonly detail: string;
}

/** Keeps what is wrong, and says which of it is to be seen: the most urgent. */
export class MessageBoard {
  readonly #details = new Map<MessageKey, string>();

  /** The message to be seen, or `undefined` if all is well. */
  get current(): Message | undefined {
    const key = keysByUrgency.find((candidate) => this.#details.has(candidate));
    return key === undefined ? undefined : { key, severity: severityOf(key), detail: this.#details.get(key) ?? "" };
  }

  /** Whether something is wrong that keeps a broadcast from starting. */
  get blocksStart(): boolean {
    return ["insecure", "noToken", "noEncoder", "permissionDenied", "noCamera", "cameraBusy"].some((key) =>
      this.#details.has(key as MessageKey),
    );
  }

  /** Something is wrong. */
  show(key: MessageKey, detail = ""): void {
    this.#details.set(key, detail);
  }

  /** It is not, or not any more. */
  clear(...keys: readonly MessageKey[]): void {
    for (const key of keys) this.#details.delete(key);
  }

  /** A new broadcast begins: what the last one ended with is over. */
  clearBroadcast(): void {
    const lasting = new Set<MessageKey>(["noMicrophone", "batteryLow"]);
    for (const key of [...this.#details.keys()]) if (!lasting.has(key)) this.#details.delete(key);
  }
}

/** How bad a message is. */
export function severityOf(key: MessageKey): Severity {
  if (hints.has(key)) return "hint";
  return warnings.has(key) ? "warning" : "error";
}

/** The message for an error of `getUserMedia`, by the error's name. */
export function messageForCameraError(name: string): MessageKey {
  if (name === "NotAllowedError" || name === "SecurityError") return "permissionDenied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "noCamera";
  return "cameraBusy";
}
