import { hostname } from "node:os";
import { ListenError, authorityOf, networkAddresses } from "@rtmp/app-kit";
import type { Logger } from "@rtmp/app-kit";
import { systemClock } from "@rtmp/reactor";
import { Bridge } from "./bridge/bridge.ts";
import { StatusHttp } from "./figures/status-http.ts";
import { PhoneDoors } from "./phone-doors.ts";
import type { PageFiles } from "./http/page-files.ts";
import { phoneLinks } from "./links/phone-links.ts";
import type { PhoneLink } from "./links/phone-links.ts";
import type { BridgeSettings } from "./settings.ts";
import { ownCertificate } from "./state/certificate.ts";
import { readKeyPairFiles } from "./state/key-pair-files.ts";
import type { KeyPair } from "./state/key-pair.ts";
import { linkSecret, linkToken } from "./state/link-tokens.ts";
import { StateFolder } from "./state/state-folder.ts";
import type { StreamFeed, StreamSource } from "./bridge/stream-source.ts";
import { version } from "./version.ts";

/** A phone on a cable, as the program runs one. */
export interface CableSource {
  /** Feeds the stream until `close`. Rejects if only the user can help. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** What a program is made of besides its settings. */
export interface ProgramParts {
  readonly logger: Logger;
  /** The phone's page; asked for only if it is served. */
  readonly loadPage: () => Promise<PageFiles>;
  readonly makeCableSource: (attach: (source: StreamSource) => StreamFeed) => CableSource;
  /** Told once when phones can come, so that a person can be shown the links; they hold secrets. */
  readonly onReady: (ready: Ready) => void;
  /** The cable's source has ended by itself; the program is of no use any more. */
  readonly onCableFault: (error: unknown) => void;
}

/** Where everything is. */
export interface Ready {
  readonly links: readonly PhoneLink[];
  /** As bound; `undefined` if phones come by cable only. */
  readonly doors:
    { readonly port: number; readonly httpPort: number; readonly tcpPort: number | undefined } | undefined;
  /** SHA-256 of a self-signed certificate. */
  readonly fingerprint: string | undefined;
  readonly statusUrl: string;
}

/** The bridge with its doors, figures and logs, as one set of settings wants them. */
export class Program {
  readonly #settings: BridgeSettings;
  readonly #parts: ProgramParts;
  readonly #startedAtMs = systemClock.now();
  #bridge: Bridge | undefined;
  #status: StatusHttp | undefined;
  #doors: PhoneDoors | undefined;
  #cable: CableSource | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: BridgeSettings, parts: ProgramParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /**
   * Begins to listen and says so. Throws a `UsageError` if a file of the user's is no good, and a `ListenError` if
   * listening is impossible.
   */
  async start(): Promise<void> {
    const { targets, graceMs, source } = this.#settings;
    const { logger } = this.#parts;
    const tokens = this.#tokens();
    const streams = targets.map((target, index) => ({ target, token: tokens[index]! }));
    this.#bridge = new Bridge({ streams, graceMs, log: logger });
    const statusUrl = await this.#listenForStatus();
    if (this.#closing !== undefined) return;
    if (source === "adb") this.#startCable(this.#bridge, tokens[0]!, statusUrl);
    else await this.#openDoors(this.#bridge, tokens, statusUrl);
  }

  /** Reads the certificate again. What is no good is logged, and the one of before stays. */
  async reload(): Promise<void> {
    const { logger } = this.#parts;
    try {
      const { keyPair } = await this.#certificate();
      this.#doors?.replaceKeyPair(keyPair);
      logger.info("certificate reloaded");
    } catch (error) {
      logger.error({ problem: (error as Error).message }, "certificate not reloaded");
    }
  }

  /** Ends everything in good order. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#status?.announceEnd();
    this.#doors?.stopListening();
    await this.#cable?.close();
    const bridgeClosed = this.#bridge?.close(); // tells each phone why, before its connection is closed
    await this.#doors?.close();
    await bridgeClosed;
    await this.#status?.close();
  }

  #tokens(): readonly string[] {
    const { source, targets, tokens, hasNewLinks } = this.#settings;
    if (source === "adb") return targets.map((target) => linkToken(new Uint8Array(32), target)); // nobody is asked for it
    if (tokens.length > 0) return tokens;
    const secret = linkSecret(this.#stateFolder(), hasNewLinks);
    return targets.map((target) => linkToken(secret, target));
  }

  #stateFolder(): StateFolder {
    return new StateFolder(this.#settings.stateFolder);
  }

  async #certificate(): Promise<{ readonly keyPair: KeyPair; readonly fingerprint: string | undefined }> {
    const { tls } = this.#settings;
    if (tls !== undefined) return { ...readKeyPairFiles(tls.cert, tls.key), fingerprint: undefined };
    const names = { hostname: hostname(), addresses: networkAddresses() };
    const { keyPair, fingerprint, madeBecause } = await ownCertificate(this.#stateFolder(), names, new Date());
    if (madeBecause !== undefined) {
      this.#parts.logger.info(
        { fingerprint },
        `made a new certificate, because ${madeBecause}: phones warn of it once`,
      );
    }
    return { keyPair, fingerprint };
  }

  async #listenForStatus(): Promise<string> {
    const { statusHost: host, statusPort: port } = this.#settings;
    const status = new StatusHttp(
      () => ({
        version,
        uptimeMs: Math.round(systemClock.now() - this.#startedAtMs),
        refusedConnections: this.#doors?.refusedConnections ?? 0,
        ...this.#bridge!.stats(),
      }),
      (error) => this.#parts.logger.error({ error }, "figures failed"),
    );
    const boundPort = await status.listen(port, host).catch((error: unknown) => {
      throw new ListenError(error, { host, port, hostOption: "--status-host", portOption: "--status-port" });
    });
    this.#status = status;
    return `http://${authorityOf(host, boundPort)}/status`;
  }

  #startCable(bridge: Bridge, token: string, statusUrl: string): void {
    const { makeCableSource, onCableFault, onReady, logger } = this.#parts;
    this.#cable = makeCableSource((source) => bridge.attach(token, source));
    logger.info({ listening: { statusUrl } }, "waiting for a phone on a USB cable");
    onReady({ links: [], doors: undefined, fingerprint: undefined, statusUrl });
    const fail = (error: unknown): void => {
      if (this.#closing === undefined) onCableFault(error);
    };
    this.#cable.run().then(() => fail(new Error("The stream has ended; the log says why.")), fail);
  }

  async #openDoors(bridge: Bridge, tokens: readonly string[], statusUrl: string): Promise<void> {
    const { logger, loadPage, onReady } = this.#parts;
    const { host, publicUrl } = this.#settings;
    const [page, { keyPair, fingerprint }] = await Promise.all([loadPage(), this.#certificate()]);
    const doors = new PhoneDoors(this.#settings, {
      page,
      keyPair,
      clock: systemClock,
      accept: (connection, onAdmitted) => bridge.accept(connection, onAdmitted),
      onTrouble: (trouble, remoteAddress) => logger.debug({ remoteAddress, trouble }, "a client was wrong"),
    });
    this.#doors = doors;
    const bound = await doors.listen();
    if (this.#closing !== undefined) {
      await doors.close(); // a signal came first
      return;
    }
    const streams = bridge.stats().streams.map(({ name }, index) => ({ name, token: tokens[index]! }));
    const links = phoneLinks({ streams, publicUrl, host, port: bound.port, httpPort: bound.httpPort });
    logger.info({ listening: { host, ...bound, statusUrl, links } }, "phone bridge ready");
    onReady({ links, doors: bound, fingerprint, statusUrl });
  }
}
