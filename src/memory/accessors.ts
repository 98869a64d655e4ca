// Guest memory as TypeScript may touch it: a small Wasm module whose traps mean "no such page". A typed array over
// guest memory would kill the process instead.
import type { GuestAddress } from '../address.ts';
import { Code, ModuleBuilder } from '../translate/wasm/code.ts';
import { STATE_PAGES } from '../translate/state.ts';
import type { MemoryImport } from '../translate/wasm/code.ts';
import { image, type Image } from '../translate/images.ts';
import { optimise } from '../translate/optimise.ts';

/** Addresses are guest addresses as numbers; `window` is an offset in the state memory. All may trap (RuntimeError). */
export type Accessors = {
  load8(address: GuestAddress): number;
  load16(address: GuestAddress): number;
  load32(address: GuestAddress): number;
  store8(address: GuestAddress, value: number): void;
  store16(address: GuestAddress, value: number): void;
  store32(address: GuestAddress, value: number): void;
  /** Copies `bytes` from guest memory to the window. */
  copyIn(window: number, address: GuestAddress, bytes: number): void;
  copyOut(address: GuestAddress, window: number, bytes: number): void;
  /** Copies until a NUL byte, at most `max` bytes; answers how many came before it, or -1 when there was none. */
  copyString(window: number, address: GuestAddress, max: number): number;
  /** Atomically replaces the word if it is `expected`; answers what was there. */
  compareExchange(address: GuestAddress, expected: number, value: number): number;
};

const GUEST = 0, STATE = 1;

/** Compiles the accessors for a guest memory; addresses arrive as f64 so that 64-bit guests need no BigInt. */
export function createAccessors(guestMemory: WebAssembly.Memory, limits: MemoryImport, state: WebAssembly.Memory): Accessors {
  const module = new WebAssembly.Module(accessorsImage(limits).bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { guest: guestMemory, state } });
  const made = { ...exports } as unknown as Accessors;
  // V8's baseline compiler cannot make an atomic access trap: it is optimised before it is first used.
  const { compareExchange } = made;
  made.compareExchange = (address, expected, value) => {
    optimise(compareExchange);
    made.compareExchange = compareExchange;
    return compareExchange(address, expected, value);
  };
  return made;
}

export const accessorsImage = (limits: MemoryImport): Image => image(`accessors-${limits.address}-${limits.maximum}`, () => ({ bytes: build(limits), names: [] }));

function build(limits: MemoryImport): Uint8Array<ArrayBuffer> {
  const m = new ModuleBuilder('tsemu-accessors');
  m.importMemory('env', 'guest', limits);
  m.importMemory('env', 'state', { pages: STATE_PAGES, maximum: STATE_PAGES, address: 'i32' });
  const wide = limits.address === 'i64';
  /** Pushes the guest address in local `local` (f64) plus what is in local `plus` (i32), if given. */
  const address = (c: Code, local: number, plus?: number) => {
    c.get(local); c.op(wide ? 'i64.trunc_sat_f64_u' : 'i32.trunc_sat_f64_u');
    if (plus !== undefined) { c.get(plus); if (wide) c.op('i64.extend_i32_u'); c.op(`${limits.address}.add`); }
  };
  const define = (name: string, params: ('i32' | 'f64')[], result: boolean, locals: 'i32'[], fill: (c: Code) => void) => {
    const c = new Code();
    fill(c);
    c.end();
    m.export(name, m.function(m.type(params, result ? ['i32'] : []), locals, c));
  };
  for (const [name, op] of [['load8', 'i32.load8_u'], ['load16', 'i32.load16_u'], ['load32', 'i32.load']] as const) {
    define(name, ['f64'], true, [], (c) => { address(c, 0); c.access(op, GUEST); });
  }
  for (const [name, op] of [['store8', 'i32.store8'], ['store16', 'i32.store16'], ['store32', 'i32.store']] as const) {
    define(name, ['f64', 'i32'], false, [], (c) => { address(c, 0); c.get(1); c.access(op, GUEST); });
  }
  /** for (i = 0; i < bytes; i += step) body, as long as `step` bytes are left. Local i keeps its value. */
  const copyLoop = (c: Code, i: number, bytes: number, step: number, body: () => void) => {
    c.block(); c.loop();
    c.get(i); c.i32(step); c.op('i32.add'); c.get(bytes); c.op('i32.gt_u'); c.brIf(1);
    body();
    c.get(i); c.i32(step); c.op('i32.add'); c.set(i); c.br(0);
    c.end(); c.end();
  };
  define('copyIn', ['i32', 'f64', 'i32'], false, ['i32'], (c) => {
    for (const [step, load, store] of [[16, 'v128.load', 'v128.store'], [1, 'i32.load8_u', 'i32.store8']] as const) {
      copyLoop(c, 3, 2, step, () => { c.get(0); c.get(3); c.op('i32.add'); address(c, 1, 3); c.access(load, GUEST); c.access(store, STATE); });
    }
  });
  define('copyOut', ['f64', 'i32', 'i32'], false, ['i32'], (c) => {
    for (const [step, load, store] of [[16, 'v128.load', 'v128.store'], [1, 'i32.load8_u', 'i32.store8']] as const) {
      copyLoop(c, 3, 2, step, () => { address(c, 0, 3); c.get(1); c.get(3); c.op('i32.add'); c.access(load, STATE); c.access(store, GUEST); });
    }
  });
  define('copyString', ['i32', 'f64', 'i32'], true, ['i32', 'i32'], (c) => {
    copyLoop(c, 3, 2, 1, () => {
      address(c, 1, 3); c.access('i32.load8_u', GUEST); c.set(4);
      c.get(0); c.get(3); c.op('i32.add'); c.get(4); c.access('i32.store8', STATE);
      c.get(4); c.op('i32.eqz'); c.if(); c.get(3); c.return(); c.end();
    });
    c.i32(-1);
  });
  define('compareExchange', ['f64', 'i32', 'i32'], true, [], (c) => { address(c, 0); c.get(1); c.get(2); c.access('i32.atomic.rmw.cmpxchg', GUEST); });
  return m.encode();
}
