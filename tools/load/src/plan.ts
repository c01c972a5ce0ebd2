import type { MediaSource } from "./media-source.ts";
import type { PeerName } from "./peers.ts";

/** Who publishes and who watches. */
export type Scenario = "push" | "pull" | "pair";

/** A server to be loaded. */
export type Target = { readonly name: string } & (
  | { readonly kind: "ours"; readonly args: readonly string[] }
  | { readonly kind: "command"; readonly command: string; readonly port: number }
  | { readonly kind: "peer"; readonly peer: PeerName }
  | { readonly kind: "running"; readonly host: string; readonly port: number; readonly app: string }
);

/** All that a command line asks for. */
export interface LoadPlan {
  readonly scenario: Scenario;
  /** How many; one run for each. */
  readonly sizes: readonly number[];
  /** Of `pull`: how many streams there are to watch. */
  readonly streams: number;
  readonly seconds: number;
  readonly settleSeconds: number | undefined;
  /** Connections a second. */
  readonly rate: number;
  readonly processes: number | undefined;
  /** How many viewers look at every byte; `undefined` leaves it to the tool. */
  readonly checkedViewers: number | undefined;
  readonly isVerifying: boolean;
  readonly media: MediaSource;
  readonly app: string;
  readonly targets: readonly Target[];
  readonly rounds: number;
  readonly markdownFile: string | undefined;
  readonly svgFile: string | undefined;
  readonly jsonFile: string | undefined;
}

/** Who takes part in one run. */
export interface Cast {
  readonly publishers: number;
  readonly viewers: number;
  readonly streams: number;
}

/** The connections that `size` means in a scenario. */
export function castOf({ scenario, streams }: Pick<LoadPlan, "scenario" | "streams">, size: number): Cast {
  switch (scenario) {
    case "push":
      return { publishers: size, viewers: 0, streams: size };
    case "pull":
      return { publishers: streams, viewers: size, streams };
    case "pair":
      return { publishers: size, viewers: size, streams: size };
  }
}
