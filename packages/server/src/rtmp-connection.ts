import type { Connection, ConnectionHandler, Timer } from "@rtmp/reactor";
import { ServerSession } from "@rtmp/session";
import type { Decision, ServerSessionEvent, StatusCode, StreamAddress } from "@rtmp/session";
import type { Answers, PendingQuestion, Question } from "./admission.ts";
import { endReasonOf } from "./end-reason.ts";
import type { CodedError, EndReason, EventClient, EventStream, Refusal } from "./events.ts";
import type { LiveStream } from "./live-stream.ts";
import { Publication } from "./publication.ts";
import type { ServerContext } from "./server-context.ts";
import { appName, takenName, toEventStream } from "./stream-names.ts";
import { RtmpTransport } from "./rtmp-transport.ts";
import type { Subscriber } from "./subscriber.ts";

interface Subscription {
  readonly stream: LiveStream;
  readonly subscriber: Subscriber;
  readonly eventStream: EventStream;
}

/** One client: its connection, its session, and the streams it publishes and plays. */
export class RtmpConnection implements ConnectionHandler {
  readonly client: EventClient;
  readonly #context: ServerContext;
  readonly #connection: Connection;
  readonly #session: ServerSession;
  #publications: Map<number, Publication> | undefined;
  #subscriptions: Map<number, Subscription> | undefined;
  /** What is being decided; at most one thing, because the session holds back what comes behind. */
  #pending: PendingQuestion | undefined;
  readonly #onGone: (connection: RtmpConnection) => void;
  #tcUrl = "";
  #timer: Timer | undefined;
  #isPaused = false;
  /** Answers wait that the client does not read. */
  #isChoked = false;
  #isGone = false;

  constructor(connection: Connection, context: ServerContext, onGone: (connection: RtmpConnection) => void) {
    const { options, clock } = context;
    this.client = {
      connectionId: connection.id,
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
    };
    this.#context = context;
    this.#connection = connection;
    this.#onGone = onGone;
    this.#session = new ServerSession({
      now: () => clock.now(),
      onEvent: (event) => this.#onEvent(event),
      chunkSize: options.chunkSize,
      windowAcknowledgementSize: options.windowAcknowledgementSize,
      timeouts: options.timeouts,
      limits: options.limits,
    });
  }

  /** Begins to serve the client. */
  open(): void {
    this.#context.counters.connections++;
    this.#connection.open(this);
    this.#scheduleTick();
  }

  /** The client sent bytes. */
  data(bytes: Uint8Array): void {
    if (this.#isGone || this.#connection.closed) return;
    try {
      this.#session.push(bytes);
      this.#flushSession();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The client has read what waited. */
  drain(): void {
    this.#isChoked = false;
    this.#updateReading();
  }

  /** The network failed. */
  error(error: unknown): void {
    this.#context.log.debug("connection error", { ...this.client, error });
  }

  /** The client has gone. */
  close(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#timer?.cancel();
    this.#pending?.abandon();
    this.#pending = undefined;
    this.#context.counters.ignoredMessages += this.#session.ignoredMessages;
    const endReason = endReasonOf(reason);
    this.endPublications(endReason);
    for (const messageStreamId of [...(this.#subscriptions?.keys() ?? [])])
      this.#endSubscription(messageStreamId, endReason);
    this.#context.emit("disconnect", this.client, reason);
    this.#onGone(this);
  }

  /** Messages that counted for nothing so far. */
  get ignoredMessages(): number {
    return this.#session.ignoredMessages;
  }

  /** Ends what the client publishes; its viewers are told. */
  endPublications(reason: EndReason): void {
    for (const messageStreamId of [...(this.#publications?.keys() ?? [])])
      this.#endPublication(messageStreamId, reason);
  }

  /** Ends the connection after what waits to be sent. */
  end(reason: string): void {
    this.#connection.end(reason);
  }

  /** Asks the client to connect elsewhere. Returns false if it does not understand. */
  requestReconnect(request: { readonly tcUrl?: string; readonly description?: string }): boolean {
    let isAsked = false;
    this.#run(() => {
      isAsked = this.#session.requestReconnect(request);
    });
    return isAsked;
  }

  /** Says goodbye and closes. */
  shutdown(description: string): void {
    this.#run(() => this.#session.notifyShutdown(description));
    this.#connection.end("shutdown");
  }

  /** Runs one step of the session. Whatever it throws ends this connection and no other. */
  #run(step: () => void): void {
    if (this.#isGone || this.#connection.closed) return;
    try {
      step();
      this.#flushSession();
    } catch (error) {
      this.#fail(error);
    }
  }

  #flushSession(): void {
    const output = this.#session.takeOutput();
    if (output !== undefined && !this.#connection.send(output)) this.#isChoked = true;
    this.#updateReading();
  }

  /** Reads on, unless too much waits behind a decision, or the client does not read the answers it asks for. */
  #updateReading(): void {
    const isPaused = this.#isChoked || this.#session.paused;
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#connection.pause();
    else this.#connection.resume();
  }

  #onEvent(event: ServerSessionEvent): void {
    switch (event.type) {
      case "media": {
        const { typeId, timestamp, payload } = event.message;
        this.#publications?.get(event.messageStreamId)?.push(typeId, timestamp, payload);
        return;
      }
      case "data": {
        const publication = this.#publications?.get(event.messageStreamId);
        publication?.stream.pushData(event.name, event.values, event.timestamp, event.body);
        return;
      }
      case "connect":
        this.#tcUrl = event.request.tcUrl;
        return this.#decide(event.decision, { what: "connect", client: this.client, request: event.request }, () =>
          this.#acceptConnect(event.request.app, event.decision),
        );
      case "publish":
        return this.#decide(event.decision, this.#question("publish", event.address), () =>
          this.#startPublication(event.messageStreamId, event.address, event.decision),
        );
      case "play":
        return this.#decide(event.decision, this.#question("play", event.address), () =>
          this.#startSubscription(event.messageStreamId, event.address, event.decision),
        );
      case "refused": {
        const { what, name, code, description } = event;
        return this.#refused({ what, path: appName(name), code, description });
      }
      case "unpublish":
        return this.#endPublication(event.messageStreamId, "closed");
      case "stop":
        return this.#endSubscription(event.messageStreamId, "closed");
      case "pause":
        return this.#subscriptions?.get(event.messageStreamId)?.subscriber.pause(event.isPaused);
      case "receive-audio":
        return this.#subscriptions?.get(event.messageStreamId)?.subscriber.wantAudio(event.isWanted);
      case "receive-video":
        return this.#subscriptions?.get(event.messageStreamId)?.subscriber.wantVideo(event.isWanted);
      case "handshake":
      case "unknown-command":
        this.#context.log.debug(event.type, { ...this.client, ...event });
    }
  }

  #question(what: "publish" | "play", address: StreamAddress): Question {
    return { what, client: this.client, request: { ...address, tcUrl: this.#tcUrl } };
  }

  #decide(decision: Decision, question: Question, accept: () => void): void {
    const { what, request } = question;
    const path = question.what === "connect" ? appName(question.request.app) : question.request.streamPath;
    const usualCode = what === "connect" ? "NetConnection.Connect.Rejected" : "NetStream.Failed";
    const answers: Answers = {
      accept,
      refuse: (code = usualCode, description) => this.#refuse(decision, { what, path, code, description }),
    };
    const abandoned = (): void => {
      if (what === "publish" && "streamPath" in request) this.#context.admission.release(request.streamPath);
    };
    this.#ask(question, answers, abandoned);
  }

  /** Asks, and acts on an answer that comes later as on anything else that happens. `abandoned`: accepted, but in vain. */
  #ask(question: Question, answers: Answers, abandoned: () => void): void {
    let isAsking = true;
    const answer = (step: () => void, otherwise: () => void): void => {
      if (isAsking) return step();
      this.#pending = undefined;
      if (this.#isGone || this.#connection.closed) otherwise();
      else this.#run(step);
    };
    const pending = this.#context.admission.ask(question, {
      accept: () => answer(() => answers.accept(), abandoned),
      refuse: (code, description) => answer(() => answers.refuse(code, description), ignore),
    });
    isAsking = false;
    if (pending !== undefined) this.#pending = pending;
  }

  #acceptConnect(app: string, decision: Decision): void {
    decision.accept(() => this.#context.emit("connect", this.client, appName(app)));
  }

  /** The name has been granted; it is given back unless a publication comes of it. */
  #startPublication(messageStreamId: number, address: StreamAddress, decision: Decision): void {
    const { registry, admission } = this.#context;
    const stream = registry.obtain(address.streamPath);
    const grant = { isUsed: false };
    try {
      if (!this.#isFree(stream)) return this.#refuse(decision, takenName(address));
      decision.accept(() => {
        grant.isUsed = true;
        this.#publish(messageStreamId, stream, toEventStream(address));
      });
    } finally {
      if (!grant.isUsed) admission.release(address.streamPath);
      registry.release(stream); // if the client was gone before it could be accepted
    }
  }

  #isFree(stream: LiveStream): boolean {
    const { publisher, silentMs } = stream;
    if ([...(this.#publications?.values() ?? [])].some((publication) => publication.stream === stream)) return false;
    if (publisher === undefined || publisher.isRemote === true) return true;
    return silentMs >= this.#context.options.timeouts.replaceSilentPublisherMs;
  }

  #publish(messageStreamId: number, stream: LiveStream, eventStream: EventStream): void {
    const { counters, emit, options } = this.#context;
    const publication = new Publication({
      stream,
      eventStream,
      repairs: options.repairPublishers,
      onRepair: (repair) => emit("repair", eventStream, this.client, repair),
      onReplaced: () => this.#replaced(messageStreamId),
    });
    counters.publishes++;
    (this.#publications ??= new Map<number, Publication>()).set(messageStreamId, publication);
    stream.publish(publication);
    emit("publish", eventStream, this.client);
  }

  #refuse(decision: Decision, refusal: Refusal & { readonly code: StatusCode }): void {
    decision.reject(refusal.code, refusal.description);
    this.#refused(refusal);
  }

  #refused(refusal: Refusal): void {
    const { counters } = this.#context;
    if (refusal.what === "publish") counters.publishesRefused++;
    else if (refusal.what === "play") counters.playsRefused++;
    this.#context.emit("refuse", refusal, this.client);
    this.#endSoon(`${refusal.what}-refused`);
  }

  /** Another publisher has taken over one of our streams. The others of this connection go on. */
  #replaced(messageStreamId: number): void {
    this.#run(() => this.#session.endPublication(messageStreamId, "Replaced by another publisher."));
    this.#endPublication(messageStreamId, "replaced");
    this.#endSoon("replaced");
  }

  #startSubscription(messageStreamId: number, address: StreamAddress, decision: Decision): void {
    const { registry, counters } = this.#context;
    const eventStream = toEventStream(address);
    decision.accept(() => {
      counters.plays++;
      this.#flushSession(); // the answers come before the media
      const stream = registry.obtain(address.streamPath);
      const subscriber = stream.subscribe(this.#transport(messageStreamId, eventStream));
      this.#subscriptions ??= new Map();
      this.#subscriptions.set(messageStreamId, { stream, subscriber, eventStream });
      this.#context.emit("play", eventStream, this.client);
    });
  }

  #transport(messageStreamId: number, eventStream: EventStream): RtmpTransport {
    const { counters, rtmpFormat } = this.#context;
    return new RtmpTransport({
      format: rtmpFormat,
      connection: this.#connection,
      session: this.#session,
      messageStreamId,
      run: (step) => this.#run(step),
      onSkip: () => {
        counters.skips++;
        this.#context.emit("skip", eventStream, this.client);
      },
      onTooSlow: () => {
        counters.tooSlow++;
        this.#connection.destroy("too-slow");
      },
    });
  }

  #endPublication(messageStreamId: number, reason: EndReason): void {
    const publication = this.#publications?.get(messageStreamId);
    if (publication === undefined) return;
    this.#publications?.delete(messageStreamId);
    const { stream, eventStream } = publication;
    const figures = publication.end();
    this.#context.admission.release(stream.streamPath);
    this.#context.emit("unpublish", eventStream, this.client, reason, figures);
  }

  #endSubscription(messageStreamId: number, reason: EndReason): void {
    const subscription = this.#subscriptions?.get(messageStreamId);
    if (subscription === undefined) return;
    this.#subscriptions?.delete(messageStreamId);
    const { stream, subscriber, eventStream } = subscription;
    stream.unsubscribe(subscriber);
    this.#context.emit("stop", eventStream, this.client, reason);
  }

  /** Sends what is to be said and closes, unless the client has other streams on the connection. */
  #endSoon(reason: string): void {
    if ((this.#publications?.size ?? 0) + (this.#subscriptions?.size ?? 0) > 0) return;
    this.#flushSession();
    this.#connection.end(reason);
  }

  #fail(error: unknown): void {
    const { counters, log } = this.#context;
    if (isCodedError(error)) {
      counters.countClientError(error.code);
      this.#context.emit("clientError", error, this.client);
      this.#connection.destroy(error.code);
    } else {
      // A fault of ours: the client pays with its connection, the others do not.
      counters.countClientError("INTERNAL");
      log.error("internal error", { ...this.client, error });
      this.#connection.destroy("internal-error");
    }
  }

  #scheduleTick(): void {
    const deadline = this.#session.nextDeadline;
    const now = this.#context.clock.now();
    // While a hook decides there is no deadline; a look a second later costs nothing.
    const delay = deadline === undefined ? 1000 : Math.max(1, deadline - now);
    this.#timer = this.#context.timers.after(delay, () => {
      this.#run(() => this.#session.tick());
      if (!this.#isGone && !this.#connection.closed) this.#scheduleTick();
    });
  }
}

function ignore(): void {
  // refused, and nobody left to hear it
}

function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^[A-Z0-9]+_/.test(error.code);
}
