import { ListenError } from "@rtmp/app-kit";
import type { Clock } from "@rtmp/reactor";
import type { CarrierOptions } from "./carriers/carrier.ts";
import { ConnectionLimits } from "./carriers/connection-limits.ts";
import { TcpCarrier } from "./carriers/tcp-carrier.ts";
import { WebSocketCarrier } from "./carriers/websocket-carrier.ts";
import type { PageFiles } from "./http/page-files.ts";
import { PageHttp } from "./http/page-http.ts";
import type { Upgrade } from "./http/page-http.ts";
import { MAX_FRAME_BYTES } from "./protocol/limits.ts";
import type { BridgeSettings } from "./settings.ts";
import type { KeyPair } from "./state/key-pair.ts";

const LOOPBACK = "127.0.0.1";

/** What phones come in by, besides the settings. */
export interface DoorParts {
  readonly page: PageFiles;
  readonly keyPair: KeyPair;
  readonly clock: Clock;
  readonly accept: CarrierOptions["accept"];
  readonly onTrouble: CarrierOptions["onTrouble"];
}

/** Where the doors are, as bound. */
export interface BoundDoors {
  readonly port: number;
  readonly httpPort: number;
  readonly tcpPort: number | undefined;
}

/** Everything that phones come in by: HTTPS for the network, HTTP on the loopback, and TCP if it is wanted. */
export class PhoneDoors {
  readonly #settings: BridgeSettings;
  readonly #limits = new ConnectionLimits();
  readonly #webSockets: WebSocketCarrier;
  readonly #https: PageHttp;
  readonly #http: PageHttp;
  readonly #tcp: TcpCarrier;

  constructor(settings: BridgeSettings, { page, keyPair, ...parts }: DoorParts) {
    const { origins, publicUrl, trustsProxy } = settings;
    const carrier: CarrierOptions = { ...parts, limits: this.#limits, maxFrameBytes: MAX_FRAME_BYTES };
    const allowedOrigins = publicUrl === undefined ? origins : [...origins, publicUrl];
    this.#settings = settings;
    this.#webSockets = new WebSocketCarrier({ ...carrier, allowedOrigins, trustsProxy });
    const upgrade: Upgrade = (...asked) => this.#webSockets.upgrade(...asked);
    this.#https = new PageHttp({ page, keyPair, upgrade, limitsAddresses: !trustsProxy });
    this.#http = new PageHttp({ page, upgrade });
    this.#tcp = new TcpCarrier(carrier);
  }

  /** Connections for which there was no place. */
  get refusedConnections(): number {
    return this.#limits.refused;
  }

  /** Opens every door. Throws a `ListenError` if one cannot be opened. */
  async listen(): Promise<BoundDoors> {
    const { host, port, httpPort, tcpPort } = this.#settings;
    const open = (
      door: { listen(port: number, host: string): Promise<number> },
      wanted: { readonly host: string; readonly port: number; readonly portOption: string },
    ): Promise<number> =>
      door.listen(wanted.port, wanted.host).catch((error: unknown) => {
        throw new ListenError(error, { hostOption: "--host", ...wanted });
      });
    return {
      port: await open(this.#https, { host, port, portOption: "--port" }),
      httpPort: await open(this.#http, { host: LOOPBACK, port: httpPort, portOption: "--http-port" }),
      tcpPort:
        tcpPort === undefined ? undefined : await open(this.#tcp, { host, port: tcpPort, portOption: "--tcp-port" }),
    };
  }

  /** New connections over HTTPS get another certificate. Throws OpenSSL's own error if it is no good. */
  replaceKeyPair(keyPair: KeyPair): void {
    this.#https.replaceKeyPair(keyPair);
  }

  /** Nobody new comes in; whoever is connected stays. */
  stopListening(): void {
    this.#https.stopListening();
    this.#http.stopListening();
    this.#tcp.stopListening();
  }

  /** Nobody new comes in, and every connection is closed; resolves when the last is gone, after two seconds at most. */
  async close(): Promise<void> {
    this.stopListening();
    await Promise.all([this.#webSockets.close(), this.#tcp.close()]);
  }
}
