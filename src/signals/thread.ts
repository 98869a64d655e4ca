// This guest thread's side of signals: its mask, its alternate stack, and signals that wait for a mask that the host does not
// keep for us. The host thread's mask mirrors the guest's, so nearly all waiting is done by the kernel.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E } from '../host/abi.ts';
import { anyQueued, hostLow, setHostMask, setPending } from '../host/signal-handler.ts';
import { scratch } from '../host/kernel.ts';
import { SS_DISABLE, NEVER_HELD, UNSTOPPABLE, has } from './numbers.ts';
import { signalOf } from './siginfo.ts';

export type AltStack = { sp: GuestAddress; flags: number; size: number };

export const thread = {
  low: 0,
  high: 0,
  /** The mask that a call such as ppoll has put in place until it returns; what a signal that interrupts it is delivered under. */
  temporary: null as readonly [number, number] | null,
  altstack: { sp: 0, flags: SS_DISABLE, size: 0 } as AltStack,
  /** Host siginfo of signals that came while the guest blocked them: only those that the host never blocks. */
  held: [] as Uint8Array[],
};

/** The first thread's mask: what tsemu was started with, where the launcher could tell. Node has cleared it and blocked its own. */
export function inheritMask(mask: readonly [number, number] | null): void { setMask(...(mask ?? [0, 0] as const)); }

/** Sets the guest's mask and the host's. */
export function setMask(low: number, high: number): void {
  thread.low = low & ~UNSTOPPABLE;
  thread.high = high;
  setHostMask(thread.low, thread.high);
  if (thread.held.length > 0 && thread.held.some((info) => !blocked(signalOf(info)))) setPending();
}

export const blocked = (signal: number): boolean => has(thread.low, thread.high, signal);

/** Whether the host cannot hold this signal back for us. */
export const neverHeld = (signal: number): boolean => signal <= 32 && has(NEVER_HELD, 0, signal);

/** A host sigset_t that blocks what the guest's two words block: its host address. */
export function hostMaskAt(low: number, high: number): HostAddress {
  const set = scratch(8);
  set.view.setInt32(0, hostLow(low & ~UNSTOPPABLE), true);
  set.view.setInt32(4, high, true);
  return set.address;
}

/**
 * Makes a host call that puts another mask in place while it waits (ppoll, pselect6, epoll_pwait, rt_sigsuspend). A signal
 * that interrupts it is then delivered under that mask, and the handler's return restores the thread's own.
 */
export function withMask(low: number, high: number, call: (hostMask: HostAddress) => number): number {
  const result = call(hostMaskAt(low, high));
  thread.temporary = result === -E.EINTR && anyQueued() ? [low & ~UNSTOPPABLE, high] : null;
  return result;
}
