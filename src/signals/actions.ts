// The guest's signal actions: one table a process, shared by its threads, with the host's dispositions kept in step. A signal
// that the guest leaves at its default or ignores is left so on the host, whose kernel then does what is to be done.
import type { GuestAddress } from '../address.ts';
import { attachHandlers, createHandlers, inheritedDisposition, setDisposition } from '../host/signal-handler.ts';
import { CORE_SIGNALS, LAST_SIGNAL, SA, SIG, SIG_DFL, SIG_IGN, endsProcess, has } from './numbers.ts';

export type Action = { readonly handler: GuestAddress; readonly flags: number; readonly restorer: GuestAddress; readonly low: number; readonly high: number };

/** What a Worker needs to share the process's actions. */
export type SharedSignals = { readonly handlers: SharedArrayBuffer; readonly actions: SharedArrayBuffer };

/** setDisposition's word for a signal that is queued for us. */
const CATCH = 2;
/** A row: handler and restorer as f64, then flags and the mask's two words as i32. */
const ROW = 32;
let shared: SharedSignals;
let numbers: Float64Array;
/** Empty until the process has actions: calls that are tried alone change nothing. */
let words: Int32Array = new Int32Array();

function attach(to: SharedSignals): void {
  shared = to;
  numbers = new Float64Array(to.actions);
  words = new Int32Array(to.actions);
}

/**
 * Once a process, before the guest runs. `ignored`: the signals that were ignored when tsemu was started, as a mask's two
 * words, where the launcher could tell; node has reset them.
 */
export function createActions(ignored: readonly [number, number] | null): SharedSignals {
  attach({ handlers: createHandlers(), actions: new SharedArrayBuffer((LAST_SIGNAL + 1) * ROW) });
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (signal === SIG.KILL || signal === SIG.STOP) continue;
    const ignore = ignored !== null && ((signal <= 32 ? ignored[0] : ignored[1]) >>> ((signal - 1) & 31)) & 1;
    // Node ignores SIGPIPE and SIGXFSZ for itself, and catches a few others.
    if (ignore) set(signal, SIG_IGN);
    else if (inheritedDisposition(signal) !== 0) setDisposition(signal, SIG_DFL, 0);
  }
  return shared;
}

/** In a Worker. */
export function attachActions(to: SharedSignals): void {
  attachHandlers(to.handlers);
  attach(to);
}

export function sharedSignals(): SharedSignals { return shared; }

export function getAction(signal: number): Action {
  const n = signal * (ROW / 8), w = signal * (ROW / 4);
  return { handler: numbers[n]!, restorer: numbers[n + 1]!, flags: words[w + 4]! >>> 0, low: words[w + 5]!, high: words[w + 6]! };
}

export function setAction(signal: number, action: Action): void {
  const n = signal * (ROW / 8), w = signal * (ROW / 4);
  const caught = action.handler !== SIG_DFL && action.handler !== SIG_IGN;
  // The host may deliver between the two steps: it must never find an action that is less than what it calls for.
  if (!caught) setDisposition(signal, action.handler === SIG_DFL && endsHere(signal) ? CATCH : action.handler as 0 | 1, action.flags);
  numbers[n] = action.handler;
  numbers[n + 1] = action.restorer;
  words[w + 4] = action.flags;
  words[w + 5] = action.low;
  words[w + 6] = action.high;
  if (caught) setDisposition(signal, CATCH, action.flags);
}

function set(signal: number, handler: GuestAddress, flags = 0): void { setAction(signal, { handler, flags, restorer: 0, low: 0, high: 0 }); }

/**
 * What asks for default actions to be ours: a core file is to be written, or what would be in it shown; or memory is shared with other processes, so that the robust
 * locks in it have to be let go; or a debugger is to be told.
 */
const reasons = { core: 1, shared: 2, debugger: 4 } as const;
/** The word of row 0, which is no signal's, that holds the reasons there are. */
const REASONS = 0;

/** Whether a signal at its default is caught on the host, so that the process ends by our doing. */
export const endsHere = (signal: number): boolean =>
  ((words[REASONS]! & reasons.core) !== 0 && signal <= 32 && has(CORE_SIGNALS, 0, signal)) || ((words[REASONS]! & (reasons.shared | reasons.debugger)) !== 0 && endsProcess(signal));

/** From now on the signals whose default action concerns `reason` are caught, or not any more. */
export function catchDefaults(reason: keyof typeof reasons, on: boolean): void {
  const now = on ? words[REASONS]! | reasons[reason] : words[REASONS]! & ~reasons[reason];
  if (words.length === 0 || now === words[REASONS]) return;
  words[REASONS] = now;
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
    const { handler, flags } = getAction(signal);
    if (handler === SIG_DFL && signal !== SIG.KILL && signal !== SIG.STOP && signal !== SIG.STKFLT) set(signal, SIG_DFL, flags);
  }
}

/** SA_RESETHAND, and what execve does to caught signals. */
export function resetAction(signal: number): void { set(signal, SIG_DFL); }

/** execve: caught signals go back to their defaults, ignored ones stay ignored. */
export function resetCaught(): void {
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
    const { handler, flags } = getAction(signal);
    if (handler !== SIG_DFL && handler !== SIG_IGN) resetAction(signal);
    else if (flags & ~SA.RESTORER) set(signal, handler);
  }
}
