import type { Scenario } from "./plan.ts";
import type { Verification } from "./stream-verifier.ts";

/** What the server's processes used in the steady window. */
export interface ServerUse {
  readonly processes: number;
  /** Cores kept busy. */
  readonly cores: number;
  readonly userCores: number;
  readonly systemCores: number;
  /** CPU time in µs for each message delivered, or taken where nobody watches; `undefined` if there was none. */
  readonly cpuUsPerMessage: number | undefined;
  /** At the end of the window. */
  readonly rssBytes: number;
  readonly pssBytes: number | undefined;
}

/** What came of one run. */
export interface RunResult {
  readonly server: string;
  readonly serverVersion: string;
  readonly scenario: Scenario;
  readonly n: number;
  readonly streams: number;
  readonly round: number;
  readonly startedAt: string;
  readonly windowSeconds: number;
  readonly connections: {
    readonly wanted: number;
    /** Let in, with media if they watch, and there at the end. */
    readonly held: number;
    readonly failed: number;
    readonly lost: number;
    /** Let in a second while the load was built up, which `--rate` bounds. */
    readonly acceptedPerSecond: number;
  };
  readonly messages: {
    /** What was due to go to all viewers wanted, or from all publishers where nobody watches. */
    readonly due: number;
    /** What came to viewers, or was taken from publishers where nobody watches. */
    readonly delivered: number;
    readonly perSecond: number;
    readonly bytes: number;
    /** What publishers sent of what was due to be sent. */
    readonly sentFraction: number;
  };
  /** Of video, from the publisher's socket to the viewer's. */
  readonly latencyMs: { readonly p50: number | undefined; readonly p99: number | undefined };
  /** Viewers that got nothing for two seconds. */
  readonly stalledViewers: number;
  readonly checked: { readonly viewers: number } & Readonly<Verification>;
  /** `undefined` if the server's processes are not ours or cannot be measured here. */
  readonly use: ServerUse | undefined;
  readonly generator: {
    readonly processes: number;
    readonly cores: number;
    /** CPU time in µs for each message sent or received. */
    readonly cpuUsPerMessage: number | undefined;
    /** The worst process. */
    readonly loopDelayP99Ms: number;
    readonly sendLagP99Ms: number | undefined;
    /** The generator did not keep up: the figures are not valid. */
    readonly isSaturated: boolean;
  };
  /** What others on the machine, or other machines on the same cores, took; `undefined` if nobody can tell. */
  readonly otherCores: number | undefined;
  readonly troubles: readonly string[];
}

/** A loop that comes round later than this, or sends later, is not a measure of anything else. */
export const SATURATED_MS = 100;

/** So much work of others changes the figures. */
export const DISTURBING_CORES = 0.25;

/** What makes the figures of a run doubtful, loudest first. */
export function doubtsOf({ generator, otherCores = 0 }: RunResult): string[] {
  const doubts: string[] = [];
  if (generator.isSaturated) doubts.push("GENERATOR SATURATED, FIGURES NOT VALID");
  if (otherCores > DISTURBING_CORES) doubts.push(`others kept ${otherCores.toFixed(2)} cores of the machine busy`);
  return doubts;
}

/** A statement about a run that ought to be true. */
export interface Verdict {
  readonly statement: string;
  readonly isTrue: boolean;
  /** What it rests on. */
  readonly found: string;
}

/** What `--verify` asks of a run: nothing of it depends on how fast the machine is. */
export function verdictsOf(result: RunResult): Verdict[] {
  const { connections, checked, messages, scenario } = result;
  const { wanted, held, failed, lost } = connections;
  const connected = {
    statement: "everybody is let in and stays",
    isTrue: held === wanted && lost === 0,
    found: `${held} of ${wanted}, ${failed} not let in, ${lost} lost`,
  };
  if (scenario === "push") {
    const found = `${messages.delivered} messages`;
    return [connected, { statement: "the server takes what is sent", isTrue: messages.delivered > 0, found }];
  }
  const of = `of ${checked.checked} messages of ${checked.viewers} viewers`;
  const none = (statement: string, count: number): Verdict => ({
    statement,
    isTrue: count === 0,
    found: `${count} ${of}`,
  });
  return [
    connected,
    { statement: "messages come", isTrue: checked.checked > 0, found: `${checked.checked} looked at` },
    none("every message comes as it was sent", checked.corrupted),
    none("no message is lost", checked.lost),
    none("no message comes twice", checked.duplicated),
    none("no message comes after a later one", checked.outOfOrder),
  ];
}
