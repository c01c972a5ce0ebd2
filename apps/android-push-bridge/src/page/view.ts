import { languages, type Language, type LabelKey, type Words } from "./languages.ts";
import type { Message } from "./messages.ts";
import { element } from "./page-elements.ts";
import type { Figures } from "./worker-messages.ts";

/** How far a broadcast is. */
export type AirState = "ready" | "connecting" | "waiting" | "live";

const NOTHING = "–";

/** Shows things; decides nothing. */
export class View {
  readonly preview: HTMLVideoElement = element("preview", HTMLVideoElement);
  readonly start: HTMLButtonElement = element("start", HTMLButtonElement);
  readonly flip: HTMLButtonElement = element("flip", HTMLButtonElement);
  readonly mute: HTMLButtonElement = element("mute", HTMLButtonElement);
  readonly torch: HTMLButtonElement = element("torch", HTMLButtonElement);
  readonly zoom: HTMLInputElement = element("zoom", HTMLInputElement);
  readonly quality: HTMLSelectElement = element("quality", HTMLSelectElement);
  readonly orientation: HTMLSelectElement = element("orientation", HTMLSelectElement);
  readonly source: HTMLSelectElement = element("source", HTMLSelectElement);
  readonly language: HTMLButtonElement = element("language", HTMLButtonElement);
  readonly dismiss: HTMLButtonElement = element("dismiss", HTMLButtonElement);
  readonly tryAgain: HTMLButtonElement = element("try-again", HTMLButtonElement);
  #words: Words = languages.en.words;
  #state: AirState = "ready";
  #message: Message | undefined;

  /** Says everything in this language from now on. */
  setLanguage(language: Language): void {
    const { words } = languages[language];
    this.#words = words;
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = words.labels.title;
    for (const labelled of document.querySelectorAll<HTMLElement>("[data-label]")) {
      labelled.textContent = words.labels[labelled.dataset["label"] as LabelKey];
    }
    element("level", HTMLMeterElement).ariaLabel = words.labels.soundLevel;
    this.dismiss.ariaLabel = words.labels.dismiss;
    element("time-on-air", HTMLSpanElement).ariaLabel = words.labels.timeOnAir;
    this.language.textContent = languages[language === "en" ? "zh" : "en"].name;
    this.language.lang = language === "en" ? "zh-CN" : "en";
    this.setState(this.#state);
    this.setMuted(this.mute.ariaPressed === "true");
    this.setMessage(this.#message);
  }

  /** Shows how far the broadcast is. */
  setState(state: AirState): void {
    this.#state = state;
    const { labels } = this.#words;
    document.body.dataset["state"] = state;
    element("state-text", HTMLSpanElement).textContent = labels[state];
    element("start-text", HTMLSpanElement).textContent = state === "ready" ? labels.start : labels.stop;
  }

  /** Shows a message, or none. */
  setMessage(message: Message | undefined): void {
    this.#message = message;
    const box = element("message", HTMLDivElement);
    box.hidden = message === undefined;
    if (message === undefined) {
      delete box.dataset["key"];
      return;
    }
    const { title, advice } = this.#words.messages[message.key];
    box.dataset["key"] = message.key;
    box.dataset["severity"] = message.severity;
    element("message-title", HTMLHeadingElement).textContent = title;
    element("message-advice", HTMLParagraphElement).textContent = advice;
    element("message-detail", HTMLParagraphElement).textContent = message.detail;
  }

  /** Shows whether the microphone is muted. */
  setMuted(isMuted: boolean): void {
    this.mute.ariaPressed = String(isMuted);
    const { labels } = this.#words;
    element("mute-text", HTMLSpanElement).textContent = isMuted ? labels.muted : labels.mute;
    this.mute.ariaLabel = isMuted ? labels.unmute : labels.mute;
  }

  /** Shows whether the light is on. */
  setTorch(isOn: boolean): void {
    this.torch.ariaPressed = String(isOn);
  }

  /** Offers the zoom of a camera, or none. */
  setZoom(zoom: { readonly min: number; readonly max: number; readonly step: number } | undefined): void {
    element("zoom-row", HTMLLabelElement).hidden = zoom === undefined;
    if (zoom === undefined) return;
    this.zoom.min = String(zoom.min);
    this.zoom.max = String(zoom.max);
    this.zoom.step = String(zoom.step);
    this.zoom.value = String(zoom.min);
  }

  /** Shows the figures of a broadcast, or none. */
  setFigures(figures: Figures | undefined): void {
    const set = (id: string, text: string) => (element(id, HTMLElement).textContent = text);
    set("bitrate", figures === undefined ? NOTHING : (figures.bitrate / 1_000_000).toFixed(1));
    set("frame-rate", figures === undefined ? NOTHING : String(Math.round(figures.framesPerSecond)));
    set("round-trip", figures?.roundTripMs === undefined ? NOTHING : String(figures.roundTripMs));
    set("dropped", figures === undefined ? NOTHING : String(figures.droppedFrames));
    const isPictureKnown = figures !== undefined && figures.width > 0;
    set("picture", isPictureKnown ? `${figures.width} × ${figures.height}` : "");
    element("picture", HTMLElement).title = figures === undefined ? "" : `${figures.video}, ${figures.audio}`;
  }

  /** Shows how long the broadcast has lasted, or nothing. */
  setTimeOnAir(seconds: number | undefined): void {
    element("time-on-air", HTMLSpanElement).textContent = seconds === undefined ? "" : timeText(seconds);
  }

  /** Shows the loudest sample since the last call, 0 to 1. */
  setLevel(peak: number): void {
    // 60 dB on the whole width: what ears call half as loud is not half as wide otherwise.
    element("level", HTMLMeterElement).value = Math.min(1, Math.max(0, 1 + Math.log10(Math.max(peak, 1e-6)) / 3));
  }
}

/** Writes a time as `1:02:03` or `02:03`. */
export function timeText(seconds: number): string {
  const two = (count: number) => String(count).padStart(2, "0");
  const whole = Math.floor(seconds);
  const minutes = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? minutes : `${Math.floor(whole / 3600)}:${minutes}`;
}
