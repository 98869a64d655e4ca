// From guest bytes to IR: translates straight-line guest code from one location into a unit.
import type { CpuModel, Fetch, Guest } from '../guests/guest.ts';
import type { Builder } from './builder.ts';
import type { Location, Unit } from './ir.ts';

export type TranslateOptions = {
  readonly model: CpuModel;
  /** Guest instructions at most. */
  readonly limit: number;
  /** What the state says beyond the location (Guest.context). */
  readonly context?: number;
  /** The guest's rare modes that code has to ask for (GuestMemory.modes). */
  readonly modes?: number;
  /** Locations where other blocks start: the unit ends before it runs into one. */
  readonly leaders?: ReadonlySet<Location>;
  /** Whether a debugger wants to be asked before the instruction at an address: the unit ends there. */
  readonly stopsAt?: (address: number) => boolean;
};

/** Code cannot be read at this guest address: the guest gets SIGSEGV there. */
export class FetchFault extends Error {
  readonly address: number;
  constructor(address: number) { super(`no code at 0x${address.toString(16)}`); this.address = address; }
}

/**
 * Translates from `pc` until control is transferred, `limit` is reached or a leader is met. A page that cannot be
 * fetched ends the unit before it, unless it is the first: then FetchFault is thrown.
 */
export function translate(b: Builder, guest: Guest, pc: Location, fetch: Fetch, options: TranslateOptions): Unit {
  b.reset();
  const translator = guest.translator(b, fetch, { model: options.model, context: options.context ?? 0, modes: options.modes ?? 0 });
  const from = guest.address(pc);
  b.start(pc);
  if (options.stopsAt?.(from)) {
    // Read all the same: that is how the page becomes one with code, and the unit goes when the breakpoint does.
    fetch.u16(from);
    b.end({ kind: 'trap', code: 'breakpoint', pc, info: 0 });
    return b.finish(pc, from, from + 2);
  }
  let at = pc;
  for (let n = 0; ; n++) {
    if (n > 0 && (n >= options.limit && b.splittable || options.leaders?.has(at) || options.stopsAt?.(guest.address(at)))) { b.end({ kind: 'goto', target: at }); break; }
    const next = step(translator, at, n > 0, b);
    if (next === null) break;
    at = next;
    if (b.hasEnded) break;
  }
  return b.finish(pc, from, guest.address(at));
}

/** One instruction; null when its bytes cannot be fetched and the unit was ended before it. */
function step(translator: { instruction(pc: Location): Location }, at: Location, mayStop: boolean, b: Builder): Location | null {
  try {
    return translator.instruction(at);
  } catch (e) {
    if (!(e instanceof FetchFault) || !mayStop || b.hasEnded) throw e;
    b.end({ kind: 'goto', target: at });
    return null;
  }
}
