// What a system call row is: typed converters that read, check and print each argument, and a body that sees the results.
// The topics' files declare rows with sys() and pass(); dispatch.ts runs them.
import type { HostWord } from '../address.ts';
import { SYS } from '../host/abi.ts';
import { hostCall } from '../host/kernel.ts';
import type { DataModel } from '../guests/guest.ts';
import type { Result, Task } from '../threads/task.ts';

/** The arguments of the call in progress, one number each: what the registers hold, unsigned (32-bit guests) or signed (64-bit). */
export type Raw = Float64Array;

export type Arg<T> = {
  /**
   * 'long64': 64 bits, in a register pair where registers have 32 bits (guest.pairs64 says which pairs).
   * 'split': an unsigned long for the low and one for the high half, as preadv's offset; the second is unused on 64-bit guests.
   */
  readonly width?: 'long64' | 'split';
  read(raw: number, task: Task, all: Raw): T;
  /** Called when the body has answered: copies what the kernel wrote back to the guest. */
  after?(result: number, raw: number, task: Task, all: Raw): void;
  show(raw: number, task: Task, all: Raw): string;
  /** Printed after the call, since the call fills it. */
  readonly filled?: true;
};

export type Syscall = {
  readonly args: readonly Arg<unknown>[];
  readonly run: (task: Task, all: Raw) => Result;
  /** What of the call does not behave as Linux's, in a few words. */
  readonly partly?: string;
  /** Why there is nothing behind the call at all; such a row only refuses. A row with neither is done. */
  readonly never?: string;
  /** The call does not come back when it succeeds: -strace prints it before it is made. */
  readonly leaves?: boolean;
};

type Extra = { readonly partly?: string; readonly never?: string; readonly leaves?: boolean };
// eslint-style `any`: an argument list is heterogeneous, and Values gives each position its own type back.
type Args = readonly Arg<any>[];
type Values<A extends Args> = { -readonly [K in keyof A]: A[K] extends Arg<infer T> ? T : never };

/** A row: `body` gets what the converters read. */
export function sys<const A extends Args>(args: A, body: (task: Task, ...values: Values<A>) => Result, extra: Extra = {}): Syscall {
  const [a, b, c, d, e, g] = args;
  if (args.length > 6) throw new Error('a system call has six arguments at most');
  const f = body as (task: Task, ...values: unknown[]) => Result;
  const afters = args.flatMap((arg, i) => (arg.after ? [{ arg, i }] : []));
  // Written out, since programs make these calls by the million: no arrays and no closures for the arguments of one call.
  const make = (task: Task, r: Raw): Result => {
    switch (args.length) {
      case 0: return f(task);
      case 1: return f(task, a!.read(r[0]!, task, r));
      case 2: return f(task, a!.read(r[0]!, task, r), b!.read(r[1]!, task, r));
      case 3: return f(task, a!.read(r[0]!, task, r), b!.read(r[1]!, task, r), c!.read(r[2]!, task, r));
      case 4: return f(task, a!.read(r[0]!, task, r), b!.read(r[1]!, task, r), c!.read(r[2]!, task, r), d!.read(r[3]!, task, r));
      case 5: return f(task, a!.read(r[0]!, task, r), b!.read(r[1]!, task, r), c!.read(r[2]!, task, r), d!.read(r[3]!, task, r), e!.read(r[4]!, task, r));
      default:
        return f(task, a!.read(r[0]!, task, r), b!.read(r[1]!, task, r), c!.read(r[2]!, task, r), d!.read(r[3]!, task, r), e!.read(r[4]!, task, r), g!.read(r[5]!, task, r));
    }
  };
  if (afters.length === 0) return { args, run: make, ...extra };
  const run = (task: Task, r: Raw): Result => {
    const result = make(task, r);
    if (typeof result === 'number') for (const { arg, i } of afters) arg.after!(result, r[i]!, task, r);
    return result;
  };
  return { args, run, ...extra };
}

/** A row whose converted arguments are just what the host's call of that name takes. */
export function pass(name: keyof typeof SYS, args: readonly Arg<HostWord>[], extra: Extra = {}): Syscall {
  const nr = SYS[name];
  return sys(args, (_task, a, b, c, d, e, f) => hostCall(nr, a, b, c, d, e, f), extra);
}

/** Where each argument of a row lies: registers `low`, and `high` for the upper half of 64-bit ones (else -1). */
export type Place = { readonly low: number; readonly high: number };

export function place(args: readonly Arg<unknown>[], data: DataModel, pairs: 'even' | 'any' | 'none'): Place[] {
  let next = 0;
  return args.map(({ width }) => {
    if (width === 'long64' && pairs !== 'none') {
      if (pairs === 'even') next += next & 1;
      next += 2;
      return data.bigEndian ? { low: next - 1, high: next - 2 } : { low: next - 2, high: next - 1 };
    }
    if (width === 'split') {
      next += 2;
      return { low: next - 2, high: data.pointer === 4 ? next - 1 : -1 };
    }
    return { low: next++, high: -1 };
  });
}
