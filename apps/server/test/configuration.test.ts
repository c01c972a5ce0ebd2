import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Configuration } from "../src/config/configuration.ts";
import type { Environment } from "@rtmp/app-kit";
import { loadConfiguration } from "../src/config/load-configuration.ts";
import type { LoadedConfiguration } from "../src/config/load-configuration.ts";
import { printConfiguration } from "../src/config/print-configuration.ts";
import { ConfigurationError } from "../src/config/problem.ts";
import { toServerOptions } from "../src/config/server-options.ts";
import { environmentName, optionName } from "../src/config/setting.ts";
import { settings } from "../src/config/settings.ts";
import { ConfigurationFolder } from "./configuration-files.ts";

const silent = { out: () => undefined, error: () => undefined };

function load(args: readonly string[] = [], environment: Environment = {}): LoadedConfiguration {
  return loadConfiguration(args, environment, silent);
}

function configure(args: readonly string[] = [], environment: Environment = {}): Configuration {
  return load(args, environment).configuration;
}

/** What a configuration is refused for. */
function problems(args: readonly string[], environment: Environment = {}): readonly string[] {
  try {
    load(args, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("defaults", () => {
  test("without any source the server listens on the loopback, open to publishers, without metrics", () => {
    expect(configure()).toEqual({
      host: "127.0.0.1",
      port: 1935,
      loops: 0,
      pickLoop: "round-robin",
      loopDrainMs: 0,
      publishKeys: {},
      logLevel: "info",
      logFormat: "auto",
      metrics: false,
      chunkSize: 60_000,
      windowAcknowledgementSize: 5_000_000,
      maxFlushDelayMs: 20,
      repairPublishers: true,
      gopCache: { maxBytes: 16_777_216, maxDurationMs: 30_000, maxTotalBytes: 536_870_912 },
      subscriber: { skipAboveBytes: 2_097_152, dropAboveBytes: 16_777_216, maxSkipMs: 20_000 },
      limits: {
        maxConnections: 20_000,
        maxMessageSize: 8_388_608,
        maxChunkStreams: 64,
        maxBufferedBytes: 16_777_216,
        maxStreams: 16,
        maxCommandsPerSecond: 200,
        maxStreamRequestsPerSecond: 10,
        maxSmallMessagesPerSecond: 10_000,
        maxCommandSize: 65_536,
        maxDataMessageSize: 262_144,
        maxPendingBytes: 4_194_304,
      },
      timeouts: {
        handshakeMs: 10_000,
        idleMs: 60_000,
        pingIntervalMs: 20_000,
        hookMs: 10_000,
        replaceSilentPublisherMs: 5000,
      },
    } satisfies Configuration);
  });

  test("no two settings share a key, an option or a variable", () => {
    for (const name of [(setting: { key: string }) => setting.key, optionName, environmentName]) {
      const names = settings.map(name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test("names follow one scheme", () => {
    expect(environmentName({ key: "limits.maxConnectionsPerAddress" })).toBe("RTMP_LIMITS_MAX_CONNECTIONS_PER_ADDRESS");
    expect(optionName({ key: "gopCache.maxDurationMs" })).toBe("--gop-cache-max-duration-ms");
  });
});

describe("precedence", () => {
  test("options win over the environment, the environment over the file, the file over the default", () => {
    using folder = new ConfigurationFolder();
    const file = folder.write("rtmp.yaml", "port: 1\nhost: file\nlogLevel: warn\nchunkSize: 4096\n");
    const environment = { RTMP_PORT: "2", RTMP_HOST: "environment" };
    const { configuration, sources } = load(["--config", file, "--port", "3"], environment);
    expect(configuration).toMatchObject({ port: 3, host: "environment", logLevel: "warn", loops: 0 });
    expect(["port", "host", "chunkSize", "loops"].map((key) => sources.get(key))).toEqual([
      "--port",
      "RTMP_HOST",
      file,
      "default",
    ]);
  });

  test("a faulty value that another source covers does no harm", () => {
    expect(configure(["--port", "3"], { RTMP_PORT: "tcp://10.0.0.1:1935" }).port).toBe(3);
  });

  test("the file is named by --config before RTMP_CONFIG", () => {
    using folder = new ConfigurationFolder();
    const one = folder.write("one.json", '{"port": 1}');
    const other = folder.write("other.yml", "port: 2");
    expect(configure(["--config", one], { RTMP_CONFIG: other }).port).toBe(1);
    expect(configure([], { RTMP_CONFIG: other }).port).toBe(2);
  });

  test("an empty variable counts as none", () => {
    expect(configure([], { RTMP_PORT: "", RTMP_CONFIG: "" }).port).toBe(1935);
  });

  test("the last of two options of the same name counts", () => {
    expect(configure(["--port", "1", "--port", "2"]).port).toBe(2);
  });
});

describe("groups", () => {
  test.each<[string, readonly string[], Environment, Configuration["gopCache"]]>([
    ["--no-gop-cache", ["--no-gop-cache"], {}, false],
    ["RTMP_GOP_CACHE=false", [], { RTMP_GOP_CACHE: "false" }, false],
    [
      "an option inside the group over RTMP_GOP_CACHE=false",
      ["--gop-cache-max-bytes", "5"],
      { RTMP_GOP_CACHE: "false" },
      { maxBytes: 5, maxDurationMs: 30_000, maxTotalBytes: 536_870_912 },
    ],
    ["--no-gop-cache over a variable inside", ["--no-gop-cache"], { RTMP_GOP_CACHE_MAX_BYTES: "5" }, false],
    ["--no-gop-cache beside an option inside", ["--gop-cache-max-bytes", "5", "--no-gop-cache"], {}, false],
  ])("%s decides whether there is a GOP cache", (_name, args, environment, expected) => {
    expect(configure(args, environment).gopCache).toEqual(expected);
  });

  test.each<[string, string, Configuration["metrics"]]>([
    ["metrics: true", "metrics: true", { host: "127.0.0.1", port: 9464 }],
    ["a port", "metrics: {port: 9000}", { host: "127.0.0.1", port: 9000 }],
    ["an empty map", "metrics: {}", { host: "127.0.0.1", port: 9464 }],
    ["metrics: false", "metrics: false", false],
  ])("%s in a file decides whether there are metrics", (_name, content, expected) => {
    using folder = new ConfigurationFolder();
    expect(configure(["--config", folder.write("rtmp.yaml", content)]).metrics).toEqual(expected);
  });

  test("a group with nothing in it, as when all of it is commented out, is no mistake", () => {
    using folder = new ConfigurationFolder();
    expect(configure(["--config", folder.write("rtmp.yaml", "limits:\n")]).limits.maxConnections).toBe(20_000);
  });

  test("an empty file is no mistake", () => {
    using folder = new ConfigurationFolder();
    expect(configure(["--config", folder.write("rtmp.yaml", "# port: 1936\n")]).port).toBe(1935);
  });
});

describe("refusals", () => {
  test.each<[string, readonly string[], Environment, string]>([
    ["a word", ["--port", "abc"], {}, 'port: expected an integer from 0 to 65535, got "abc" (from --port)'],
    ["too much", [], { RTMP_PORT: "65536" }, "port: expected an integer from 0 to 65535, got 65536 (from RTMP_PORT)"],
    ["below zero", ["--port=-1"], {}, "port: expected an integer from 0 to 65535, got -1 (from --port)"],
    ["a fraction", ["--port", "1.5"], {}, 'port: expected an integer from 0 to 65535, got "1.5" (from --port)'],
    ["an exponent", ["--port", "1e3"], {}, 'port: expected an integer from 0 to 65535, got "1e3" (from --port)'],
    ["hexadecimal", ["--port", "0x10"], {}, 'port: expected an integer from 0 to 65535, got "0x10" (from --port)'],
    ["an empty option", ["--host", ""], {}, 'host: expected a text, got "" (from --host)'],
    ["loops", ["--loops", "257"], {}, "loops: expected an integer from 0 to 256, got 257 (from --loops)"],
    [
      "a level of other programs",
      ["--log-level", "verbose"],
      {},
      'logLevel: expected one of debug, info, warn, error, silent, got "verbose" (from --log-level)',
    ],
    [
      "yes for true",
      [],
      { RTMP_METRICS: "yes" },
      'metrics: expected true, false or a map of settings, got "yes" (from RTMP_METRICS)',
    ],
    [
      "a small chunk size",
      ["--chunk-size", "1"],
      {},
      "chunkSize: expected an integer from 128 to 16777215, got 1 (from --chunk-size)",
    ],
    [
      "a certificate without key",
      ["--tls-cert", "a.pem"],
      {},
      "tls.key: expected the name of a file, because tls.cert is given (from --tls-cert)",
    ],
    [
      "a key without certificate",
      [],
      { RTMP_TLS_KEY: "a.pem" },
      "tls.cert: expected the name of a file, because tls.key is given (from RTMP_TLS_KEY)",
    ],
    [
      "dropping before skipping",
      ["--subscriber-drop-above-bytes", "1"],
      {},
      "subscriber.dropAboveBytes: expected at least subscriber.skipAboveBytes, 2097152, got 1 " +
        "(from --subscriber-drop-above-bytes and default)",
    ],
    [
      "tokens that are no JSON, which are not shown",
      [],
      { RTMP_PUBLISH_KEYS: "secret" },
      'publishKeys: expected a map of texts, for example {"live/stream0": "token"}, got something else ' +
        "(from RTMP_PUBLISH_KEYS)",
    ],
    [
      "a file of another kind",
      ["--config", "rtmp.toml"],
      {},
      'config: expected a file that ends in .yaml, .yml or .json, got "rtmp.toml"',
    ],
    [
      "a file that is not there",
      ["--config", "/nowhere/rtmp.yaml"],
      {},
      "config: /nowhere/rtmp.yaml cannot be read: ENOENT: no such file or directory, open '/nowhere/rtmp.yaml'",
    ],
  ])("%s is refused with key, value and source", (_name, args, environment, expected) => {
    expect(problems(args, environment)).toEqual([expected]);
  });

  test.each([
    [
      "a misspelt key",
      "limits: {maxConections: 5}",
      "limits.maxConections: unknown key, did you mean limits.maxConnections?",
    ],
    [
      "a key in the wrong place",
      "maxConnections: 5",
      "maxConnections: unknown key, did you mean limits.maxConnections?",
    ],
    ["a misspelt group", "limit: {maxConnections: 5}", "limit: unknown key, did you mean limits?"],
    ["a key in other case", "logformat: json", "logformat: unknown key, did you mean logFormat?"],
    ["a key like nothing", "colour: blue", "colour: unknown key"],
    ["a key of every object", '{"__proto__": {"port": 5}}', "__proto__: unknown key"],
    ["a key that forges a line", '{"a\\nport: fine": 1}', "a\\nport: fine: unknown key"],
    ["a number for a group", "limits: 5", "limits: expected a map of settings, got 5"],
    ["a list for a group", "timeouts: [1]", "timeouts: expected a map of settings, got [1]"],
  ])("%s in a file is refused with path and file", (_name, content, expected) => {
    using folder = new ConfigurationFolder();
    const file = folder.write("rtmp.yaml", content);
    expect(problems(["--config", file])).toEqual([`${expected} (in ${file})`]);
  });

  test.each([
    ["text for a number", 'port: "1935"', 'port: expected an integer from 0 to 65535, got "1935"'],
    ["nothing for a number", "port:", "port: expected an integer from 0 to 65535, got null"],
    ["a map for a number", "port: {a: 1}", 'port: expected an integer from 0 to 65535, got {"a":1}'],
    [
      "a number for a token",
      "publishKeys: {live/a: 12345}",
      'publishKeys: expected a map of texts, for example {"live/stream0": "token"}, got something else',
    ],
    ["a number for a text", "host: 127", "host: expected a text, got 127"],
    ["a map for a flag", "repairPublishers: {}", "repairPublishers: expected true or false, got {}"],
    ["a text for a switch", "gopCache: off-ish", 'gopCache: expected true, false or a map of settings, got "off-ish"'],
    [
      "a text inside a group",
      "timeouts: {idleMs: 60s}",
      'timeouts.idleMs: expected an integer from 0 to 86400000, got "60s"',
    ],
  ])("%s in a file is refused with value and file", (_name, content, expected) => {
    using folder = new ConfigurationFolder();
    const file = folder.write("rtmp.yaml", content);
    expect(problems(["--config", file])).toEqual([`${expected} (from ${file})`]);
  });

  test.each([
    ["broken.json", '{"port": }', "is not JSON"],
    ["broken.yaml", "port: [1", "is not YAML"],
    ["twice.yaml", "port: 1\nport: 2", "Map keys must be unique"],
    ["list.json", "[1]", "expected a map of settings, got [1]"],
  ])("%s is refused with its name", (name, content, expected) => {
    using folder = new ConfigurationFolder();
    const file = folder.write(name, content);
    const [problem = "", ...others] = problems(["--config", file]);
    expect(others).toEqual([]);
    expect(problem).toContain(expected);
    expect(problem).toContain(file);
  });

  test("all that is wrong is said at once", () => {
    expect(problems(["--port", "x", "--loops", "-1"], { RTMP_CHUNK_SIZE: "y" })).toHaveLength(3);
  });

  test("what would steer a terminal is shown escaped", () => {
    const [problem] = problems(["--port", "\u001b[2J\u009b\u202e"]);
    expect(problem).toContain('got "\\u001b[2J\\u009b\\u202e"');
  });
});

describe("the environment", () => {
  test("a variable that looks misspelt deserves a warning, one of another program does not", () => {
    expect(load([], { RTMP_PROT: "1", RTMP_SERVICE_HOST: "10.0.0.1", PATH: "/bin" }).warnings).toEqual([
      "The environment variable RTMP_PROT is not known, did you mean RTMP_PORT?",
    ]);
  });

  test("tokens come as JSON", () => {
    expect(configure([], { RTMP_PUBLISH_KEYS: '{"*":"a"}' }).publishKeys).toEqual({ "*": "a" });
  });
});

describe("TLS files", () => {
  test("in a configuration file they are relative to it", () => {
    using folder = new ConfigurationFolder();
    const file = folder.write("rtmp.yaml", "tls: {cert: cert.pem, key: /etc/key.pem}");
    expect(configure(["--config", file]).tls).toEqual({ cert: join(folder.path, "cert.pem"), key: "/etc/key.pem" });
  });

  test("one that is not there is refused with its key", () => {
    const configuration = configure(["--tls-cert", "/nowhere/a.pem", "--tls-key", "/nowhere/b.pem"]);
    expect(() => toServerOptions(configuration)).toThrow("tls.cert: /nowhere/a.pem cannot be read: ENOENT");
  });

  test("those that hold no certificate are refused", () => {
    using folder = new ConfigurationFolder();
    const file = folder.write("rtmp.pem", "no certificate");
    const configuration = configure(["--tls-cert", file, "--tls-key", file]);
    expect(() => toServerOptions(configuration)).toThrow("do not make a certificate");
  });
});

describe("the configuration as printed", () => {
  test("can be given back as a file and names every source", () => {
    using folder = new ConfigurationFolder();
    const args = ["--port", "5", "--metrics-port", "6", "--limits-max-connections-per-address", "7"];
    const loaded = load(args, { RTMP_GOP_CACHE: "false" });
    const printed = printConfiguration(loaded);
    expect(printed).toContain("port: 5 # --port\n");
    expect(printed).toContain("gopCache: false # RTMP_GOP_CACHE\n");
    expect(configure(["--config", folder.write("printed.yaml", printed)])).toEqual(loaded.configuration);
  });

  test("holds no tokens", () => {
    const printed = printConfiguration(load([], { RTMP_PUBLISH_KEYS: '{"*":"topsecret"}' }));
    expect(printed).toContain("# publishKeys: 1, not shown (RTMP_PUBLISH_KEYS)\n");
    expect(printed).not.toContain("topsecret");
  });
});
