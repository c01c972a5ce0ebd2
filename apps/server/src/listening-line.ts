import { authorityOf, reachableHost } from "@rtmp/app-kit";
import type { Interfaces } from "@rtmp/app-kit";

/** What the first line needs to know. */
export interface Listening {
  /** As configured. */
  readonly host: string;
  /** As bound: never 0. */
  readonly port: number;
  readonly isTls: boolean;
  readonly needsToken: boolean;
}

/** Where a person can push to and watch. */
export interface ListeningUrls {
  readonly pushUrl: string;
  readonly watchUrl: string;
}

/** The URLs of an example stream, with an address that can be reached where the server listens on every interface. */
export function listeningUrls(listening: Listening, interfaces?: Interfaces): ListeningUrls {
  const authority = authorityOf(reachableHost(listening.host, interfaces), listening.port);
  const watchUrl = `${listening.isTls ? "rtmps" : "rtmp"}://${authority}/live/stream0`;
  return { watchUrl, pushUrl: listening.needsToken ? `${watchUrl}?token=TOKEN` : watchUrl };
}

/** The one line that says that the server can be used, and how. */
export function listeningLine({ pushUrl, watchUrl }: ListeningUrls): string {
  return `RTMP server ready — push to ${pushUrl} and watch ${watchUrl}`;
}
