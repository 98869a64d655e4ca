// Tier 0's engine and the dispatcher, as one Wasm module generated from the op table. An operation of the IR is a
// function that gets the address `ip` of its encoding in the state memory and ends by tail-calling the next one's.
// Encoding: u32 words [handler, destination cell, operand cells...]; cells are addresses in the state memory.
import { image, type Image } from '../images.ts';
import { optimise } from '../optimise.ts';
import { FLOAT_HELPER, isAtomic, opCount, ops, type Op } from '../ops.ts';
import { lane, laneCount } from '../wasm/opcodes.ts';
import { Code, ModuleBuilder, type MemoryImport, type ValueType } from '../wasm/code.ts';
import { FAULT_IP, LOOKUP, LOOKUP_SIZE, PENDING, STACK_LEFT, STATE_PAGES } from '../state.ts';

const STATE = 0, GUEST = 1;

/** Handlers of block heads and ends, in the order of their numbers. Words after the handler's own are named in `core`. */
export const control = ['enter', 'enterRegion', 'goto', 'branch', 'call', 'callIndirect', 'indirect', 'return', 'leave', 'shuffle'] as const;
export type ControlName = (typeof control)[number];

/** Where a handler's words are, in bytes from `ip`. */
export const layout = {
  enter: { heat: 4, location: 8, size: 16 },
  enterRegion: { slot: 4, location: 8, size: 16 },
  goto: { link: 4, location: 8, size: 16 },
  branch: { cond: 4, thenLink: 8, elseLink: 12, thenLocation: 16, elseLocation: 24, size: 32 },
  call: { link: 4, location: 8, retLink: 16, retLocation: 20, size: 28 },
  callIndirect: { target: 4, retLink: 8, retLocation: 12, size: 20 },
  indirect: { target: 4, size: 8 },
  return: { target: 4, size: 8 },
  /** syscall, trap, callout: `site` names the end; then on to `location`. */
  leave: { site: 4, link: 8, location: 12, size: 20 },
} as const;
/** Bytes of a unit's head, which comes before its first instruction. */
export const HEAD_BYTES = layout.enter.size;

/** Words of a handler (counted from its own) that hold the address of a value's cell, and those that hold a link to code. */
export type Shape = { readonly size: number; readonly operands: readonly number[]; readonly links: readonly number[] };

export const controlShapes: Readonly<Record<ControlName, Shape>> = {
  enter: { size: 4, operands: [], links: [] }, enterRegion: { size: 4, operands: [], links: [] },
  goto: { size: 4, operands: [], links: [1] }, branch: { size: 8, operands: [1], links: [2, 3] },
  call: { size: 7, operands: [], links: [1, 4] }, callIndirect: { size: 5, operands: [1], links: [2] },
  indirect: { size: 2, operands: [1], links: [] }, return: { size: 2, operands: [1], links: [] },
  leave: { size: 5, operands: [], links: [2] }, shuffle: { size: 5, operands: [2, 3, 4], links: [] },
};

/** The shape of each handler by number. */
export function handlerShapes(names: readonly string[]): readonly Shape[] {
  return names.map((name) => {
    const control = controlShapes[name as ControlName];
    if (control) return control;
    const [op] = name.split('/');
    if (op === 'copy') return { size: 3, operands: [2], links: [] };
    const { out, arity } = ops[op!]!;
    const first = out ? 2 : 1;
    return { size: first + arity, operands: Array.from({ length: arity }, (_, i) => first + i), links: [] };
  });
}

/** Handlers that most of a program's time in tier 0 goes to, the commonest first. */
export const commonHandlers: readonly string[] = [
  'enter', 'branch', 'copy/i32', 'goto', 'i32.load/0', 'i32.add/0', 'call', 'return', 'i32.store/0', 'i32.eq/0', 'indirect', 'callIndirect',
  'i32.sub/0', 'i32.and/0', 'i32.ne/0', 'i32.load8_u/0', 'i32.store8/0', 'i32.shl/0', 'i32.shr_u/0', 'i32.or/0', 'i32.xor/0', 'i32.eqz/0', 'i32.ge_u/0',
  'i32.lt_u/0', 'i32.sub_overflow/0', 'i32.gt_s/0', 'i32.le_s/0', 'i32.lt_s/0', 'i32.ge_s/0', 'i32.le_u/0', 'i32.gt_u/0', 'i32.load16_u/0', 'i32.store16/0',
  'i32.select/0', 'i32.add_overflow/0', 'i32.mul/0', 'i32.shr_s/0', 'enterRegion', 'i64.load/0', 'i64.store/0', 'i64.add/0', 'i64.sub/0', 'copy/i64', 'i64.and/0',
  'i64.eq/0', 'i64.ne/0', 'i64.shl/0', 'i64.load32_s/0', 'i64.extend32_s/0', 'i64.load8_u/0',
];

/** Functions that TypeScript gives to the core. */
export type CoreImports = {
  /** Translates the target of the link word at `link` (its location is at `location`) and stores it; answers the code, 0 to leave. */
  link(link: number, location: number): number;
  /** The block at `ip` ran often: answers the region's slot, or 0 when it goes on in tier 0. */
  hot(ip: number): number;
  /** No entry for this location in the lookup table: answers its slot after adding it, 0 to leave. `jumped` is 1 for the target of an indirect jump. */
  miss(low: number, high: number, jumped: number): number;
  /** A floating-point operation that generated code does not do itself: float/helper.ts. */
  float(operation: number): void;
  /** A syscall, trap or callout: answers 0 to go on at its `next`, 1 to leave for the run loop. */
  leave(site: number): number;
};

export type Core = {
  /**
   * Runs from the location in EXIT_LOCATION until something asks for the run loop, and leaves the location to go on at
   * there; answers true when it is TypeScript that knows it instead. `code`, if not 0, is tier 0 code to start with.
   */
  run(code: number): number;
  readonly dispatch: WebAssembly.ExportValue;
  /** The same for indirect jumps. */
  readonly jump: WebAssembly.ExportValue;
  /** The functions that regions and tier 0 reach each other through. */
  readonly paths: readonly WebAssembly.ExportValue[];
  readonly handlerOf: (op: Op, imm: number) => number;
  readonly controlOf: (name: ControlName) => number;
  readonly copyOf: (type: ValueType) => number;
  /** The handlers as functions, by number. */
  readonly handlers: WebAssembly.Table;
  /** Handlers by number: `NAME/LANE`, `copy/TYPE`, or a control name. */
  readonly names: readonly string[];
};

/** Where `run` takes its location from and leaves it; two words. */
export const EXIT_LOCATION = 0x60;
/** What a function answers instead of a location to say: stop, TypeScript knows where to go on. */
export const LEAVE = -1;

/** Slots of the region table with fixed meaning. */
export const SLOT_DISPATCH = 0, SLOT_TIER0 = 1, FIRST_SLOT = 2;

/** The lookup table's entry: location (two words), region slot, tier 0 code. */
export const entryOf = (location: number): number => LOOKUP + (((location >>> 1) & (LOOKUP_SIZE - 1)) << 4);

/** Operations that have a handler of their own, lane by lane where they name one. */
const plainOps = Object.values(ops).filter((op) => !/\.(const|get|set)$|shuffle|^insn$/.test(op.name));
const lanesOf = (op: Op): number => (op.name in lane ? laneCount(op.name as keyof typeof lane) : 1);

/** Of V8's stack (984 KiB), for guest calls nested as Wasm calls: the rest is for TypeScript below and above them. And what a call in tier 0 takes of it. */
const STACK_BYTES = 640 * 1024, TIER0_FRAME = 384;

export const coreImage = (limits: MemoryImport): Image => image(`core-${limits.address}-${limits.maximum}`, () => buildCore(limits));

function buildCore(limits: MemoryImport): Image {
  const m = new ModuleBuilder('tsemu-core');
  const P = limits.address;
  const wide = P === 'i64';
  m.importMemory('env', 'state', { pages: STATE_PAGES, maximum: STATE_PAGES, address: 'i32' });
  m.importMemory('env', 'guest', limits);
  const regionTable = m.importTable('env', 'regions');
  const jsFloat = m.importFunction('env', 'float', m.type(['i32'], []));
  if (jsFloat !== FLOAT_HELPER) throw new Error('the float helper is not the first import');
  const jsLink = m.importFunction('env', 'link', m.type(['i32', 'i32'], ['i32']));
  const jsHot = m.importFunction('env', 'hot', m.type(['i32'], ['i32']));
  const jsMiss = m.importFunction('env', 'miss', m.type(['i32', 'i32', 'i32'], ['i32']));
  const jsLeave = m.importFunction('env', 'leave', m.type(['i32'], ['i32']));
  const jsPrepare = m.importFunction('env', 'prepare', m.type(['i32'], []));
  const handlerType = m.type(['i32'], [P]);
  const regionType = m.type([P], [P]);
  const handlers: number[] = [];
  const names: string[] = [];

  // The handler table follows the imported one; its size is known at the end, so operations are counted first.
  const total = plainOps.reduce((n, op) => n + lanesOf(op), 0) + 5 + control.length;
  const atomics = plainOps.filter((op) => isAtomic(op.name)).length;
  const handlerTable = m.table(total + atomics);

  const word = (c: Code, local: number, offset: number) => { c.get(local); c.access('i32.load', STATE, offset); };
  /** Pushes the location stored at `local` + offset. */
  const location = (c: Code, local: number, offset: number) => { c.get(local); c.access(`${P}.load`, STATE, offset); };
  const jumpTo = (c: Code, local: number) => { c.get(local); word(c, local, 0); c.returnCallIndirect(handlerType, handlerTable); };
  const next = (c: Code, size: number) => { c.get(0); c.i32(size); c.op('i32.add'); c.set(0); jumpTo(c, 0); };
  const leaveValue = (c: Code) => { if (wide) c.i64(-1, -1); else c.i32(LEAVE); };
  const define = (name: string, locals: ValueType[], fill: (c: Code) => void) => {
    const c = new Code();
    fill(c);
    c.end();
    names.push(name);
    handlers.push(m.function(handlerType, locals, c));
  };

  // dispatch(location): runs whatever there is for it.
  const hash = (c: Code) => { c.get(0); if (wide) c.op('i32.wrap_i64'); c.i32(1); c.op('i32.shr_u'); c.i32(LOOKUP_SIZE - 1); c.op('i32.and'); c.i32(4); c.op('i32.shl'); c.tee(1); };
  const dispatcher = (jumped: 0 | 1): number => {
    const c = new Code();
    hash(c); c.access(`${P}.load`, STATE, LOOKUP); c.get(0); c.op(`${P}.eq`);
    c.get(1); c.access('i32.load', STATE, LOOKUP + 8); c.tee(2); c.op('i32.eqz'); c.op('i32.eqz'); c.op('i32.and');
    c.if(); c.get(0); c.get(2); c.returnCallIndirect(regionType, regionTable); c.end();
    if (wide) { c.get(0); c.op('i32.wrap_i64'); c.get(0); c.i64(32, 0); c.op('i64.shr_u'); c.op('i32.wrap_i64'); } else { c.get(0); c.i32(0); }
    c.i32(jumped); c.call(jsMiss); c.tee(2); c.op('i32.eqz'); c.if(); leaveValue(c); c.return(); c.end();
    c.get(0); c.get(2); c.returnCallIndirect(regionType, regionTable);
    c.end();
    return m.function(regionType, ['i32', 'i32'], c);
  };
  const dispatch = dispatcher(0);
  const jump = dispatcher(1);

  for (const op of plainOps) {
    for (let imm = 0; imm < lanesOf(op); imm++) {
      define(`${op.name}/${imm}`, [], (c) => {
        const first = op.out ? 8 : 4;
        if (op.effect !== 'none') { c.i32(0); c.get(0); c.access('i32.store', STATE, FAULT_IP); }
        if (op.out) word(c, 0, 4);
        op.emit(c, (i) => {
          const t = op.in[i] === 'a' ? P : op.in[i] as ValueType;
          word(c, 0, first + 4 * i);
          c.access(`${t}.load`, STATE);
        }, imm, GUEST);
        if (op.out) c.access(`${op.out}.store`, STATE);
        next(c, first + 4 * op.in.length);
      });
    }
  }
  for (const t of ['i32', 'i64', 'f32', 'f64', 'v128'] as const) {
    define(`copy/${t}`, [], (c) => { word(c, 0, 4); word(c, 0, 8); c.access(`${t}.load`, STATE); c.access(`${t}.store`, STATE); next(c, 12); });
  }
  /** Destination, a, b, and the cell with the 16 byte numbers. */
  define('shuffle', ['v128'], (c) => {
    word(c, 0, 4);
    word(c, 0, 8); c.access('v128.load', STATE); word(c, 0, 16); c.access('v128.load', STATE); c.tee(1); c.op('i8x16.swizzle');
    word(c, 0, 12); c.access('v128.load', STATE); c.get(1); c.i32(16); c.op('i8x16.splat'); c.op('i8x16.sub'); c.op('i8x16.swizzle');
    c.op('v128.or'); c.access('v128.store', STATE);
    next(c, 20);
  });

  /** Follows the link word at `offset`, making it first if it is zero. Uses local 1. */
  const follow = (c: Code, linkOffset: number, locationOffset: number) => {
    word(c, 0, linkOffset); c.tee(1); c.op('i32.eqz');
    c.if();
    c.get(0); c.i32(linkOffset); c.op('i32.add'); c.get(0); c.i32(locationOffset); c.op('i32.add'); c.call(jsLink); c.tee(1);
    c.op('i32.eqz'); c.if(); leaveValue(c); c.return(); c.end();
    c.end();
    jumpTo(c, 1);
  };
  const L = layout;
  define('enter', ['i32'], (c) => {
    c.i32(0); c.access('i32.load', STATE, PENDING); c.if(); location(c, 0, L.enter.location); c.return(); c.end();
    c.get(0); word(c, 0, L.enter.heat); c.i32(1); c.op('i32.sub'); c.tee(1); c.access('i32.store', STATE, L.enter.heat);
    c.get(1); c.op('i32.eqz'); c.if();
    c.get(0); c.call(jsHot); c.tee(1); c.if(); location(c, 0, L.enter.location); c.get(1); c.returnCallIndirect(regionType, regionTable); c.end();
    c.end();
    next(c, L.enter.size);
  });
  define('enterRegion', [], (c) => { location(c, 0, L.enterRegion.location); word(c, 0, L.enterRegion.slot); c.returnCallIndirect(regionType, regionTable); });
  define('goto', ['i32'], (c) => follow(c, L.goto.link, L.goto.location));
  define('branch', ['i32'], (c) => {
    word(c, 0, L.branch.cond); c.access('i32.load', STATE);
    c.if(); follow(c, L.branch.thenLink, L.branch.thenLocation); c.end();
    follow(c, L.branch.elseLink, L.branch.elseLocation);
  });
  /** Bookkeeping around a guest call whose code `make` runs as a Wasm call; locals: 1 link, 2 answered location. */
  const guestCall = (c: Code, target: () => void, make: () => void, retLink: number, retLocation: number) => {
    c.i32(0); c.access('i32.load', STATE, STACK_LEFT); c.i32(TIER0_FRAME); c.op('i32.lt_u'); c.if(); target(); c.return(); c.end();
    const give = (by: number) => { c.i32(0); c.i32(0); c.access('i32.load', STATE, STACK_LEFT); c.i32(by); c.op('i32.add'); c.access('i32.store', STATE, STACK_LEFT); };
    give(-TIER0_FRAME); make(); c.set(2); give(TIER0_FRAME);
    c.get(2); location(c, 0, retLocation); c.op(`${P}.ne`); c.if(); c.get(2); c.return(); c.end();
    follow(c, retLink, retLocation);
  };
  define('call', ['i32', P], (c) => guestCall(c, () => location(c, 0, L.call.location), () => {
    word(c, 0, L.call.link); c.tee(1); c.op('i32.eqz');
    c.if();
    c.get(0); c.i32(L.call.link); c.op('i32.add'); c.get(0); c.i32(L.call.location); c.op('i32.add'); c.call(jsLink); c.tee(1);
    c.op('i32.eqz'); c.if(); leaveValue(c); c.return(); c.end();
    c.end();
    c.get(1); word(c, 1, 0); c.callIndirect(handlerType, handlerTable);
  }, L.call.retLink, L.call.retLocation));
  const target = (c: Code) => { word(c, 0, 4); c.access(`${P}.load`, STATE); };
  define('callIndirect', ['i32', P], (c) => guestCall(c, () => target(c), () => { target(c); c.call(dispatch); }, L.callIndirect.retLink, L.callIndirect.retLocation));
  define('indirect', [], (c) => { target(c); c.returnCall(jump); });
  define('return', [], (c) => target(c));
  define('leave', ['i32'], (c) => {
    word(c, 0, L.leave.site); c.call(jsLeave); c.if(); leaveValue(c); c.return(); c.end();
    follow(c, L.leave.link, L.leave.location);
  });

  const tier0 = new Code();
  hash(tier0); tier0.access('i32.load', STATE, LOOKUP + 12); tier0.set(1); jumpTo(tier0, 1); tier0.end();
  const tier0Enter = m.function(regionType, ['i32'], tier0);
  const run = new Code();
  {
    const c = run;
    const finish = () => {
      c.get(1); if (wide) c.i64(-1, -1); else c.i32(LEAVE); c.op(`${P}.eq`); c.if(); c.i32(1); c.return(); c.end();
      c.i32(0); c.get(1); c.access(`${P}.store`, STATE, EXIT_LOCATION);
    };
    const freshStack = () => { c.i32(0); c.i32(STACK_BYTES); c.access('i32.store', STATE, STACK_LEFT); };
    c.get(0); c.if();
    freshStack(); c.get(0); word(c, 0, 0); c.callIndirect(handlerType, handlerTable); c.set(1);
    finish();
    c.end();
    c.loop();
    c.i32(0); c.access('i32.load', STATE, PENDING); c.if(); c.i32(0); c.return(); c.end();
    freshStack(); c.i32(0); c.access(`${P}.load`, STATE, EXIT_LOCATION); c.call(dispatch); c.set(1);
    finish();
    c.br(0);
    c.end();
    c.unreachable();
    c.end();
  }
  const runIndex = m.function(m.type(['i32'], ['i32']), [P], run);
  m.export('run', runIndex);
  m.export('dispatch', dispatch);
  m.export('jump', jump);
  m.export('tier0', tier0Enter);
  m.exportTable('handlers', handlerTable);
  // In the place of each atomic operation one that has it optimised first; they themselves come behind all others.
  const prepareCode = new Code();
  prepareCode.get(0); prepareCode.call(jsPrepare); jumpTo(prepareCode, 0); prepareCode.end();
  const prepare = m.function(handlerType, [], prepareCode);
  m.element(handlerTable, 0, [...handlers.map((f, i) => (isAtomic(names[i]!) ? prepare : f)), ...handlers.filter((_, i) => isAtomic(names[i]!))]);
  return { bytes: m.encode(), names };
}

export function createCore(imports: CoreImports, guestMemory: WebAssembly.Memory, limits: MemoryImport, state: WebAssembly.Memory, regions: WebAssembly.Table): Core {
  const { bytes, names } = coreImage(limits);
  const words = new Int32Array(state.buffer);
  const atomics = names.flatMap((name, i) => (isAtomic(name) ? [i] : []));
  /** Has the atomic operation at `ip` optimised (see ops.ts), and puts it into its place. */
  const prepare = (ip: number): void => {
    const handler = words[ip >> 2]!;
    const f = e.handlers.get(names.length + atomics.indexOf(handler)) as WebAssembly.ExportValue;
    optimise(f);
    e.handlers.set(handler, f);
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { state, guest: guestMemory, regions, prepare, ...imports } });
  const e = instance.exports as { run(code: number): number; dispatch: WebAssembly.ExportValue; jump: WebAssembly.ExportValue; tier0: WebAssembly.ExportValue; handlers: WebAssembly.Table };
  regions.set(SLOT_DISPATCH, e.dispatch);
  regions.set(SLOT_TIER0, e.tier0);
  const numbers = new Map(names.map((name, i) => [name, i]));
  const byOp = new Int32Array(opCount).fill(-1);
  for (const op of plainOps) byOp[op.index] = numbers.get(`${op.name}/0`)!;
  const copies = Object.fromEntries((['i32', 'i64', 'f32', 'f64', 'v128'] as const).map((t) => [t, numbers.get(`copy/${t}`)!])) as Record<ValueType, number>;
  const controls = Object.fromEntries(control.map((name) => [name, numbers.get(name)!])) as Record<ControlName, number>;
  return {
    run: e.run,
    dispatch: e.dispatch,
    jump: e.jump,
    paths: [e.dispatch, e.jump, e.tier0],
    handlerOf: (op, imm) => byOp[op.index]! + (op.name in lane ? imm : 0),
    controlOf: (name) => controls[name],
    copyOf: (type) => copies[type],
    names,
    handlers: e.handlers,
  };
}
