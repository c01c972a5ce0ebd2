import { ListenError } from "@rtmp/app-kit";
import type { Logger } from "@rtmp/app-kit";
import { createRtmpServer } from "@rtmp/server";
import type { RtmpServer } from "@rtmp/server";
import { needsToken, publishTokenPolicy } from "./auth/token.ts";
import type { Configuration } from "./config/configuration.ts";
import { toServerOptions } from "./config/server-options.ts";
import { listeningLine, listeningUrls } from "./listening-line.ts";
import { logActivity } from "./log/activity.ts";
import { toServerLog } from "./log/server-log.ts";
import { MetricsHttp } from "./metrics/metrics-http.ts";

/** What a reload can change for the loops that replace the old ones. */
const loopKeys: ReadonlySet<string> = new Set<keyof Configuration>([
  "chunkSize",
  "windowAcknowledgementSize",
  "repairPublishers",
  "gopCache",
  "subscriber",
  "limits",
  "timeouts",
  "loopDrainMs",
]);

/** The server with its logs, its figures and its policy, as one configuration wants them. */
export class Program {
  readonly #logger: Logger;
  readonly #server: RtmpServer;
  readonly #metrics: MetricsHttp | undefined;
  #configuration: Configuration;
  #closing: Promise<void> | undefined;

  /** Throws a `ConfigurationError` if a TLS file is no good. */
  constructor(configuration: Configuration, logger: Logger) {
    this.#configuration = configuration;
    this.#logger = logger;
    this.#server = createRtmpServer({
      ...toServerOptions(configuration),
      hooks: { onPublish: publishTokenPolicy(() => this.#configuration.publishKeys) },
      log: toServerLog(logger),
    });
    logActivity(this.#server, logger);
    if (configuration.metrics !== false) {
      this.#metrics = new MetricsHttp(this.#server, (error) => logger.error({ error }, "metrics failed"));
    }
  }

  /** Begins to listen and says so. Throws a `ListenError` if that is impossible. */
  async listen(): Promise<void> {
    await this.#listenForMetrics();
    const { host, port, tls, publishKeys } = this.#configuration;
    const address = await this.#server.listen().catch((error: unknown) => {
      if (this.#closing !== undefined) return undefined; // a signal came first
      const wanted = { host, port, hostOption: "--host", portOption: "--port" };
      throw new ListenError(error, wanted);
    });
    if (address === undefined) return;
    const urls = listeningUrls({
      host,
      port: address.port,
      isTls: tls !== undefined,
      needsToken: needsToken(publishKeys),
    });
    this.#logger.info({ listening: { ...address, ...urls } }, listeningLine(urls));
  }

  /**
   * Takes over what can change while the server runs, and says what cannot: the log level and the tokens, and what loops
   * read if there are any. Loops are replaced by new ones, one after the other, and nobody is cut off by that.
   */
  reload(configuration: Configuration): void {
    const before = this.#configuration;
    const hasLoops = before.loops > 0;
    const needRestart = keysThatNeedRestart(before, configuration);
    const { logLevel, publishKeys } = configuration;
    const forLoops = hasLoops ? ofLoops(configuration) : {};
    this.#configuration = { ...before, logLevel, publishKeys, ...forLoops };
    this.#logger.level = logLevel;
    this.#logger.info({ logLevel, publishKeys: Object.keys(publishKeys).length }, "configuration reloaded");
    if (needRestart.length > 0) this.#logger.warn({ keys: needRestart }, "changes that need a restart");
    if (hasLoops) void this.#replaceLoops();
  }

  async #replaceLoops(): Promise<void> {
    const {
      chunkSize,
      windowAcknowledgementSize,
      repairPublishers,
      gopCache,
      subscriber,
      limits,
      timeouts,
      loopDrainMs,
    } = this.#configuration;
    const settings = { chunkSize, windowAcknowledgementSize, repairPublishers, gopCache, subscriber, limits, timeouts };
    try {
      await this.#server.replaceLoops(settings, { drainMs: loopDrainMs === 0 ? undefined : loopDrainMs });
      this.#logger.info({}, "loops replaced");
    } catch (error) {
      if (this.#closing === undefined) this.#logger.error({ error }, "loops not replaced");
    }
  }

  /** Ends everything in good order. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#metrics?.announceEnd();
    await this.#server.close();
    await this.#metrics?.close();
  }

  async #listenForMetrics(): Promise<void> {
    const { metrics } = this.#configuration;
    if (this.#metrics === undefined || metrics === false) return;
    const port = await this.#metrics.listen(metrics.port, metrics.host).catch((error: unknown) => {
      const wanted = { ...metrics, hostOption: "--metrics-host", portOption: "--metrics-port" };
      throw new ListenError(error, wanted);
    });
    this.#logger.info({ host: metrics.host, port }, "metrics are served over HTTP");
  }
}

function keysThatNeedRestart(before: Configuration, after: Configuration): string[] {
  const canChange = (key: string): boolean =>
    key === "logLevel" || key === "publishKeys" || (before.loops > 0 && loopKeys.has(key));
  const changed = (Object.keys({ ...before, ...after }) as (keyof Configuration)[]).filter(
    (key) => !canChange(key) && !isSame(before[key], after[key]),
  );
  if (before.loops === 0) return changed;
  const { limits, timeouts } = before;
  const ofFirstProcess = [
    ["limits.maxConnections", limits.maxConnections, after.limits.maxConnections],
    ["limits.maxConnectionsPerAddress", limits.maxConnectionsPerAddress, after.limits.maxConnectionsPerAddress],
    ["timeouts.hookMs", timeouts.hookMs, after.timeouts.hookMs],
  ] as const;
  return [...changed, ...ofFirstProcess.filter(([, was, is]) => was !== is).map(([key]) => key)];
}

/** What loops read when they start. */
function ofLoops(configuration: Configuration): Partial<Configuration> {
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => loopKeys.has(key)));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other); // the same keys in the same order: the settings' order
}
