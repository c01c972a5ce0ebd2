import type { Clock, Connection, TimerSource } from "@rtmp/reactor";
import type { Admission, Answers, PendingQuestion, Question } from "./admission.ts";
import type { CounterValues } from "./counters.ts";
import type { LoopSettings, MessageToHub, MessageToLoop } from "./loop-protocol.ts";
import { packError, packFields, packQuestion, packReport } from "./loop-protocol.ts";
import type { ServerLog } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { ServerCore } from "./server-core.ts";
import { StreamBus } from "./stream-bus.ts";

/** What a loop stands on. */
export interface LoopServerOptions {
  readonly loop: number;
  readonly settings: LoopSettings;
  readonly clock: Clock;
  readonly timers: TimerSource;
  /** Sends to the first process. */
  readonly send: (messages: readonly MessageToHub[]) => void;
}

/** One loop of a server with several: serves its share of the connections, and asks the first process what all share. */
export class LoopServer implements Admission {
  readonly core: ServerCore;
  readonly #bus: StreamBus;
  readonly #outbox: Outbox<MessageToHub>;
  readonly #asks: ReadonlySet<Question["what"]>;
  readonly #replaceSilentPublisherMs: number;
  readonly #questions = new Map<number, { readonly question: Question; answers: Answers | undefined }>();
  #nextQuestionId = 1;

  constructor({ loop, settings, clock, timers, send }: LoopServerOptions) {
    const { options, asks } = settings;
    this.#outbox = new Outbox(clock, send);
    this.#asks = new Set<Question["what"]>(["publish", ...asks]);
    this.#replaceSilentPublisherMs = options.timeouts.replaceSilentPublisherMs;
    const say = (message: MessageToHub): void => this.#outbox.add(message);
    const log: ServerLog = {
      debug: (message, fields) => say({ type: "log", level: "debug", message, fields: packFields(fields) }),
      error: (message, fields) => say({ type: "log", level: "error", message, fields: packFields(fields) }),
    };
    this.#bus = new StreamBus({
      loop,
      interest: {
        watch: (streamPath) => say({ type: "watch", streamPath }),
        unwatch: (streamPath) => say({ type: "unwatch", streamPath }),
      },
      core: () => this.core,
      chunkSize: options.chunkSize,
      onError: (error) => log.error("link between loops given up", { error }),
    });
    this.core = new ServerCore({
      options,
      log,
      clock,
      timers,
      admission: this,
      emit: (name, ...args) => say({ type: "event", name, args: args.map(packError) }),
      watcher: this.#bus,
    });
  }

  /** Streams on the bus and questions without an answer: nothing is left when all have gone. */
  get openCount(): number {
    return this.#bus.size + this.#questions.size;
  }

  serve(connection: Connection): void {
    this.core.serve(connection);
  }

  addLink(loop: number, link: Connection): void {
    this.#bus.addLink(loop, link);
  }

  /** Says goodbye to every client. */
  shutdown(description: string): void {
    this.#bus.close();
    this.core.shutdown(description);
    this.flush();
  }

  /** Sends the first process what waits to be told. */
  flush(): void {
    this.#outbox.flush();
  }

  get counters(): CounterValues {
    return this.core.report().counters;
  }

  ask(question: Question, answers: Answers): PendingQuestion | undefined {
    if (!this.#asks.has(question.what)) {
      answers.accept();
      return undefined;
    }
    const id = this.#nextQuestionId++;
    const entry: { readonly question: Question; answers: Answers | undefined } = { question, answers };
    this.#questions.set(id, entry);
    this.#outbox.add({ type: "ask", id, question: packQuestion(question) });
    return {
      abandon: () => {
        entry.answers = undefined;
        this.#outbox.add({ type: "abandon", id });
      },
    };
  }

  release(streamPath: string): void {
    this.#outbox.add({ type: "release", streamPath });
  }

  /** Takes what the first process says. */
  receive(messages: readonly MessageToLoop[]): void {
    for (const message of messages) this.#receive(message);
  }

  #receive(message: MessageToLoop): void {
    switch (message.type) {
      case "accepted":
      case "refused":
        return this.#answer(message);
      case "owner":
        return this.#bus.ownerChanged(message.streamPath, message.owner, message.tenure);
      case "give-way":
        return this.#reply(message.id, this.#giveWay(message.streamPath));
      case "report":
        return this.#reply(message.id, packReport(this.core.report()));
      case "finish":
        this.core.endPublications();
        return this.#bus.finish(() => this.#reply(message.id, undefined));
      case "disconnect":
        return this.core.client(message.connectionId)?.end(message.reason);
      case "reconnect": {
        const isAsked = this.core.client(message.connectionId)?.requestReconnect(message.request) ?? false;
        return this.#reply(message.id, isAsked);
      }
    }
  }

  /** Every question gets its one answer, also one that was abandoned: a name may have been granted meanwhile. */
  #answer(message: MessageToLoop & { readonly type: "accepted" | "refused" }): void {
    const entry = this.#questions.get(message.id);
    if (entry === undefined) return;
    this.#questions.delete(message.id);
    const { question, answers } = entry;
    if (message.type === "refused") return answers?.refuse(message.code, message.description);
    if (answers === undefined) {
      if (question.what === "publish") this.release(question.request.streamPath);
      return;
    }
    if (question.what === "publish") this.#bus.offer(question.request.streamPath, message.watchers, message.tenure);
    answers.accept();
  }

  /** A publisher of another loop wants a name that is published here: it gets it if the publisher has been silent for long. */
  #giveWay(streamPath: string): boolean {
    const stream = this.core.registry.get(streamPath);
    if (stream?.publisher === undefined || stream.publisher.isRemote === true) return true;
    if (stream.silentMs < this.#replaceSilentPublisherMs) return false;
    this.#bus.giveWay(stream);
    return true;
  }

  #reply(id: number, value: unknown): void {
    this.#outbox.add({ type: "reply", id, value });
  }
}
