import { Air } from "./air.ts";
import { messageForCameraError, MessageBoard, type MessageKey } from "./messages.ts";
import { deviceName } from "./device-name.ts";
import { parseLink } from "./link.ts";
import { PhoneWatch } from "./phone-watch.ts";
import { qualities, isQuality } from "./quality.ts";
import { loadSettings, saveSettings, type SettingsStore } from "./settings.ts";
import { SourceControl } from "./source-control.ts";
import { View } from "./view.ts";
import type { WorkerOrder, WorkerReport } from "./worker-messages.ts";
import type { Report } from "../protocol/words.ts";

const HINT_MS = 10_000;
const problems = { "no-h264": "noH264", "encoder-failed": "encoderFailed", "sound-failed": "soundFailed" } as const;

const link = parseLink(location.hash);
const store = openStore();
const settings = loadSettings(store, navigator.language);
const view = new View();
const board = new MessageBoard();
const air = new Air(board);
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
let device = "";
let phone: Report = { isHidden: document.hidden, isMuted: false };
let isMuted = false;
let isTorchOn = false;
let hintTimer: ReturnType<typeof setTimeout> | undefined;

function order(what: WorkerOrder, transfer: readonly Transferable[] = []): void {
  worker.postMessage(what, [...transfer]);
}

const source = new SourceControl(view.preview, link.reader === "element", order, {
  onOpened: ({ skills, canFlip, hasSound, isMirrored }) => {
    board.clear("permissionDenied", "noCamera", "cameraBusy", "cameraLost", "cameraMuted", "noMicrophone");
    if (!hasSound) board.show("noMicrophone");
    view.flip.hidden = !canFlip;
    view.torch.hidden = !skills.hasTorch;
    view.mute.disabled = !hasSound;
    view.setZoom(skills.zoom);
    view.setTorch((isTorchOn = false));
    view.preview.classList.toggle("mirrored", isMirrored);
    render();
  },
  onPaused: (isPaused) => say("cameraMuted", isPaused),
  onLost: () => say("cameraLost", true),
  onFailed: (error) => {
    const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
    board.show(messageForCameraError(name), message);
    render();
  },
});

const watch = new PhoneWatch({
  onBattery: (level, isLow) => {
    tellPhone({ battery: level });
    say("batteryLow", isLow);
  },
  onHidden: (isHidden) => {
    tellPhone({ isHidden });
    clearTimeout(hintTimer);
    if (air.isOn) say("wasHidden", true);
    if (!isHidden) hintTimer = setTimeout(() => say("wasHidden", false), HINT_MS);
  },
  onOnline: () => order({ kind: "online" }),
  onWakeLock: (isHeld) => say("noWakeLock", !isHeld && air.isOn),
});

/** Browsers that keep nothing throw at the very name. */
function openStore(): SettingsStore {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined };
  }
}

function tellPhone(news: Report): void {
  phone = { ...phone, ...news };
  order({ kind: "phone", phone });
}

function say(key: MessageKey, isTrue: boolean, detail = ""): void {
  if (isTrue) board.show(key, detail);
  else board.clear(key);
  render();
}

function render(): void {
  const message = board.current;
  view.setMessage(message);
  view.setState(air.state);
  view.setTimeOnAir(air.secondsOnAir(performance.now()));
  const canOpenAgain = ["permissionDenied", "noCamera", "cameraBusy", "cameraLost"];
  view.dismiss.hidden = message === undefined || board.blocksStart;
  view.tryAgain.hidden = message === undefined || !canOpenAgain.includes(message.key);
  view.start.disabled = !air.isOn && (board.blocksStart || !source.isOpen);
}

function openSource(): void {
  const isTest = view.source.value === "test";
  void source.open(isTest ? "test" : "camera", settings.quality).then(render);
}

function start(): void {
  source.touched();
  air.begin();
  const url = new URL("sender", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.hash = "";
  url.search = "";
  order({
    kind: "start",
    order: {
      url: url.href,
      token: link.token,
      session: crypto.randomUUID(),
      device,
      audio: link.audio,
      quality: settings.quality,
      orientation: settings.orientation,
    },
  });
  order({ kind: "phone", phone });
  watch.keepScreenOn(true);
  render();
}

function stop(): void {
  order({ kind: "stop" });
  air.end();
  watch.keepScreenOn(false);
  view.setFigures(undefined);
  render();
}

function hear(report: WorkerReport): void {
  switch (report.kind) {
    case "level":
      view.setLevel(isMuted ? 0 : report.peak);
      return;
    case "figures":
      if (air.isOn) view.setFigures(report.figures);
      break;
    case "link":
      air.setCondition(report.condition);
      break;
    case "output":
      air.setOutput(report.output, performance.now());
      break;
    case "refused":
      stop();
      board.show(report.refusal.code, report.refusal.detail);
      break;
    case "problem":
      if (report.problem !== "sound-failed") stop();
      board.show(problems[report.problem], report.detail);
      break;
  }
  render();
}

function changeSettings(): void {
  const { quality, orientation } = settings;
  order({ kind: "options", options: { quality, orientation } });
  saveSettings(store, settings);
}

function listen(): void {
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerReport>) => hear(data));
  worker.addEventListener("error", ({ message }) => {
    stop();
    say("encoderFailed", true, message);
  });
  view.start.addEventListener("click", () => (air.isOn ? stop() : start()));
  view.tryAgain.addEventListener("click", openSource);
  view.dismiss.addEventListener("click", () => {
    if (board.current !== undefined) say(board.current.key, false);
  });
  view.flip.addEventListener("click", () => void source.flip(settings.quality).then(render));
  view.mute.addEventListener("click", () => {
    isMuted = !isMuted;
    source.setMuted(isMuted);
    view.setMuted(isMuted);
    tellPhone({ isMuted });
  });
  view.torch.addEventListener("click", () => {
    const isWanted = !isTorchOn;
    void source.setTorch(isWanted).then((isDone) => view.setTorch((isTorchOn = isDone ? isWanted : isTorchOn)));
  });
  view.zoom.addEventListener("input", () => void source.setZoom(view.zoom.valueAsNumber));
  view.language.addEventListener("click", () => {
    settings.language = settings.language === "en" ? "zh" : "en";
    view.setLanguage(settings.language);
    saveSettings(store, settings);
  });
  view.quality.addEventListener("change", () => {
    if (isQuality(view.quality.value)) settings.quality = view.quality.value;
    void source.setQuality(settings.quality);
    changeSettings();
  });
  view.orientation.addEventListener("change", () => {
    settings.orientation = view.orientation.value === "follow" ? "follow" : "lock";
    changeSettings();
  });
  view.source.addEventListener("change", openSource);
}

function begin(): void {
  view.quality.append(...Object.keys(qualities).map((name) => new Option(name)));
  view.quality.value = settings.quality;
  view.orientation.value = settings.orientation;
  view.source.value = link.source;
  view.setLanguage(settings.language);
  listen();
  void deviceName().then((name) => (device = name));
  if (link.token === "") board.show("noToken");
  if (!isSecureContext) board.show("insecure");
  else if (!("VideoEncoder" in globalThis)) board.show("noEncoder");
  else openSource();
  render();
}

begin();
