/** What a user's Ctrl-C, or a service manager's stop, comes to. */
export interface Interruption {
  /** From now on an interrupt is the command's own affair; before, and of a command that never asks, it ends the process. */
  listen(): AbortSignal;
  happened(): boolean;
  end(): void;
}

// One Ctrl-C may reach us twice: from the terminal, and from the launcher that passes signals on. The second within this
// time is the same one; a later one means it, and ends the process at once.
const sameMs = 1000;

/** The first interrupt ends a command in its own way, a later one at once. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let listening = false;
  const interrupt = (): void => {
    if (controller.signal.aborted) return;
    controller.abort();
    setTimeout(end, sameMs).unref();
  };
  const end = (): void => signals.forEach((signal) => process.off(signal, interrupt));
  return {
    listen() {
      if (!listening) signals.forEach((signal) => process.on(signal, interrupt));
      listening = true;
      return controller.signal;
    },
    happened: () => controller.signal.aborted,
    end,
  };
}
