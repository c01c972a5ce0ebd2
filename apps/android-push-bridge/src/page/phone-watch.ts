interface Battery extends EventTarget {
  readonly level: number;
  readonly charging: boolean;
}

const LOW_BATTERY = 0.2;

/** What the page hears about the phone it runs on. */
export interface PhoneListener {
  onBattery(level: number, isLow: boolean): void;
  onHidden(isHidden: boolean): void;
  onOnline(): void;
  onWakeLock(isHeld: boolean): void;
}

/** Watches battery, visibility and network, and keeps the screen on while asked to. */
export class PhoneWatch {
  readonly #listener: PhoneListener;
  #wantsScreen = false;
  #lock: WakeLockSentinel | undefined;

  constructor(listener: PhoneListener) {
    this.#listener = listener;
    document.addEventListener("visibilitychange", () => {
      listener.onHidden(document.hidden);
      void this.#lockScreen(); // browsers give the lock up with the page
    });
    addEventListener("online", () => listener.onOnline());
    void this.#watchBattery();
  }

  /** Keeps the screen on, or lets it go dark. */
  keepScreenOn(isWanted: boolean): void {
    this.#wantsScreen = isWanted;
    if (isWanted) return void this.#lockScreen();
    void this.#lock?.release();
    this.#lock = undefined;
  }

  async #lockScreen(): Promise<void> {
    if (!this.#wantsScreen || document.hidden || this.#lock?.released === false) return;
    try {
      if (!("wakeLock" in navigator)) throw new Error("no wake lock in this browser");
      this.#lock = await navigator.wakeLock.request("screen");
      this.#listener.onWakeLock(true);
    } catch {
      this.#listener.onWakeLock(false);
    }
  }

  async #watchBattery(): Promise<void> {
    const { getBattery } = navigator as { readonly getBattery?: () => Promise<Battery> };
    if (getBattery === undefined) return;
    try {
      const battery = await getBattery.call(navigator);
      const tell = (): void =>
        this.#listener.onBattery(battery.level, !battery.charging && battery.level <= LOW_BATTERY);
      battery.addEventListener("levelchange", tell);
      battery.addEventListener("chargingchange", tell);
      tell();
    } catch {
      // Some browsers have the name and refuse the answer.
    }
  }
}
