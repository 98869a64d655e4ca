import { listImages } from '../translate/image-list.ts';
import { Code, guestLimits, ModuleBuilder } from '../translate/wasm/code.ts';
import { atomics, lane, loads, numeric, relaxed, stores, structured, vector } from '../translate/wasm/opcodes.ts';
import { moduleText } from './wasm-text.ts';

/** A module as a region's is, whose one function has the code that `fill` makes. */
function moduleOf(fill: (c: Code) => void): ModuleBuilder {
  const m = new ModuleBuilder('tsemu-test');
  m.importMemory('env', 'guest', guestLimits('i64', 262144));
  m.importMemory('env', 'state', { pages: 2, maximum: 2, address: 'i32' });
  m.importTable('env', 'regions');
  const type = m.type(['i64'], ['i32']);
  m.importFunction('env', 'dispatch', type);
  const c = new Code();
  fill(c);
  c.end();
  m.export('f0', m.function(type, ['i32', 'i32', 'v128'], c));
  return m;
}

/** The instructions of the function, a line each. */
function lines(fill: (c: Code) => void): string[] {
  const text = moduleText(moduleOf(fill).encode());
  return text.split('\n').slice(10, -3).map((line) => line.trim());
}

describe('a module as text', () => {
  test('shows types, imports, exports, locals, labels, hints and what the caller knows', () => {
    const m = moduleOf((c) => {
      c.i32(0); c.access('i32.load', 1, 0x440); c.unlikely(); c.if('i32'); c.i32(-5);
      c.else(); c.get(0); c.access('i32.atomic.load', 0); c.end();
      c.block(); c.loop(); c.brTable([1, 0], 2); c.end(); c.end();
      c.get(0); c.i32(7); c.returnCallIndirect(0); c.call(0); c.fence();
    });
    const bytes = m.encode();
    const marks = new Map([[m.codeOffsets[0]! + 2, '0x10000: ldr']]);
    const text = moduleText(bytes, { marks, cell: (memory, name, offset) => (memory === '$state' ? `${name} of ${offset}` : undefined) });
    expect(text).toBe(`(module $tsemu-test
  (type $type0 (func (param i64) (result i32)))
  (import "env" "guest" (memory $guest i64 0 262144 shared))
  (import "env" "state" (memory $state 2 2 shared))
  (import "env" "regions" (table $regions 0 funcref))
  (import "env" "dispatch" (func $dispatch (type $type0)))
  (export "f0" (func $f0))
  (func $f0 (type $type0) (param $0 i64) (result i32)
    (local $1 i32) (local $2 i32)
    (local $3 v128)
    i32.const 0
    ;; 0x10000: ldr
    i32.load $state offset=1088 align=1 ;; i32.load of 1088
    if $L0 (result i32) ;; unlikely
      i32.const -5
    else
      local.get $0
      i32.atomic.load $guest
    end
    block $L1
      loop $L2
        br_table $L1 $L2 2
      end
    end
    local.get $0
    i32.const 7
    return_call_indirect $regions (type $type0)
    call $dispatch
    atomic.fence
  )
)
`);
  });

  test.each<readonly [string, (c: Code) => void]>([
    ['i32.const -2147483648', (c) => c.i32(-0x80000000)],
    ['i64.const -1', (c) => c.i64(-1, -1)],
    ['i64.const 4294967295', (c) => c.i64(-1, 0)],
    ['i64.const -9223372036854775808', (c) => c.i64(0, -0x80000000)],
    ['f32.const 0.10000000149011612', (c) => c.f32bits(0x3dcccccd)],
    ['f32.const nan:0x400000', (c) => c.f32bits(0x7fc00000)],
    ['f32.const -inf', (c) => c.f32bits(0xff800000)],
    ['f64.const -0', (c) => c.f64bits(0, 0x80000000)],
    ['f64.const 5e-324', (c) => c.f64bits(1, 0)],
    ['f64.const -nan:0x1', (c) => c.f64bits(1, 0xfff00000)],
    ['v128.const i32x4 0x00000001 0xffffffff 0x80000000 0x00000000', (c) => c.v128([1, -1, 0x80000000, 0])],
    ['i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 30 31', (c) => c.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 30, 31])],
    ['i16x8.replace_lane 7', (c) => c.op('i16x8.replace_lane', 7)],
    ['i64.store32 $guest offset=4294967295 align=1', (c) => c.access('i64.store32', 0, 0xffffffff)],
    ['v128.load64_zero $state align=1', (c) => c.access('v128.load64_zero', 1)],
    ['br 0', (c) => c.br(0)],
  ])('has %s', (line, fill) => expect(lines(fill)).toEqual([line]));

  test('names every instruction of the tables as they do', () => {
    const plain = [...Object.keys({ ...numeric, ...vector, ...lane })];
    const accesses = [...Object.keys({ ...loads, ...stores, ...atomics })];
    const relaxedNames = Object.entries(relaxed);
    const text = lines((c) => {
      for (const name of plain) c.op(name);
      for (const name of accesses) c.access(name, 0);
      for (const [, [op]] of relaxedNames) c.relaxed(op);
    });
    expect(text.map((line) => line.split(' ')[0])).toEqual([...plain, ...accesses, ...relaxedNames.map(([name]) => name)]);
  });

  test('names every structured instruction', () => {
    const text = lines((c) => {
      c.unreachable(); c.block(); c.loop(); c.if(); c.else(); c.end(); c.end(); c.end(); c.br(0); c.brIf(0); c.brTable([], 0); c.return();
      c.call(0); c.callIndirect(0); c.returnCall(0); c.returnCallIndirect(0); c.drop(); c.select(); c.get(0); c.set(0); c.tee(0);
      c.i32(0); c.i64(0, 0); c.f32bits(0); c.f64bits(0, 0); c.v128([0, 0, 0, 0]); c.shuffle(Array<number>(16).fill(0)); c.fence();
    });
    expect([...new Set(text.map((line) => line.split(' ')[0]))].sort()).toEqual(Object.keys(structured).sort());
  });

  test('names a function by its number where what it is exported as is another\'s name', () => {
    const m = moduleOf((c) => c.unreachable());
    m.export('dispatch', 1);
    expect(moduleText(m.encode())).toContain('(export "dispatch" (func $f0))');
  });
});

describe('what is not a module of ours', () => {
  test('an unknown instruction is told with its byte and place', () => {
    const m = moduleOf((c) => { c.get(0); c.byte(0x06); });
    const bytes = m.encode();
    const at = m.codeOffsets[0]! + 2;
    expect(() => moduleText(bytes)).toThrow(`WebAssembly module: unknown instruction 0x6 at byte ${at} (0x${at.toString(16)})`);
  });
  test('so is one with a prefix', () => {
    const m = moduleOf((c) => { c.byte(0xfd); c.u32(0x1ff); });
    const bytes = m.encode();
    expect(() => moduleText(bytes)).toThrow(`unknown instruction 0xfd 0x1ff at byte ${m.codeOffsets[0]} `);
  });
  test('a function that does not end where its size says', () => {
    expect(() => moduleText(moduleOf((c) => { c.block(); c.unreachable(); }).encode())).toThrow('function $f0 has no end at byte');
    expect(() => moduleText(moduleOf((c) => { c.end(); c.unreachable(); }).encode())).toThrow('function $f0 should have ended at byte');
  });
  test('a module that is cut off', () => {
    const bytes = moduleOf((c) => c.unreachable()).encode();
    expect(() => moduleText(bytes.subarray(0, 40))).toThrow(/at byte 40 /);
    expect(() => moduleText(new Uint8Array(8))).toThrow('no header at byte 0');
  });
});

/** Encodes a function's text again. It knows the text of `moduleText` only. */
function assemble(text: readonly string[], functions: readonly string[], memories: readonly string[], tables: readonly string[]): Buffer {
  const c = new Code();
  const labels: string[] = [];
  const depth = (label: string) => (label.startsWith('$') ? labels.length - 1 - labels.lastIndexOf(label) : Number(label));
  for (const line of text) {
    const [name, ...words] = line.trim().split(' ;; ')[0]!.split(' ') as [string, ...string[]];
    const first = words[0] ?? '';
    const result = / \(result (\w+)\)/.exec(line)?.[1] as 'i32' | undefined;
    if (name in { ...loads, ...stores, ...atomics }) {
      c.access(name, memories.indexOf(first) as 0 | 1, Number(/ offset=(\d+)/.exec(line)?.[1] ?? 0));
    } else if (!(name in structured)) {
      if (name in relaxed) c.relaxed(relaxed[name as keyof typeof relaxed][0]); else c.op(name, Number(first));
    } else switch (name as keyof typeof structured) {
      case 'block': c.block(result); labels.push(first); break;
      case 'loop': c.loop(); labels.push(first); break;
      case 'if': c.if(result); labels.push(first); break;
      case 'else': c.else(); break;
      case 'end': c.end(); labels.pop(); break;
      case 'br': c.br(depth(first)); break;
      case 'br_if': c.brIf(depth(first)); break;
      case 'br_table': { const depths = words.map(depth); c.brTable(depths.slice(0, -1), depths.at(-1)!); break; }
      case 'call': c.call(functions.indexOf(first)); break;
      case 'return_call': c.returnCall(functions.indexOf(first)); break;
      case 'call_indirect': c.callIndirect(Number(/type(\d+)/.exec(line)![1]), tables.indexOf(first)); break;
      case 'return_call_indirect': c.returnCallIndirect(Number(/type(\d+)/.exec(line)![1]), tables.indexOf(first)); break;
      case 'local.get': c.get(Number(first.slice(1))); break;
      case 'local.set': c.set(Number(first.slice(1))); break;
      case 'local.tee': c.tee(Number(first.slice(1))); break;
      case 'i32.const': c.i32(Number(first)); break;
      case 'i64.const': c.i64(Number(BigInt.asIntN(32, BigInt(first))), Number(BigInt.asIntN(32, BigInt(first) >> 32n))); break;
      case 'f32.const': c.f32bits(new Uint32Array(Float32Array.of(number(first)).buffer)[0]!); break;
      case 'f64.const': { const [low, high] = new Uint32Array(Float64Array.of(number(first)).buffer); c.f64bits(low!, high!); break; }
      case 'v128.const': c.v128(words.slice(1).map(Number)); break;
      case 'i8x16.shuffle': c.shuffle(words.map(Number)); break;
      case 'atomic.fence': c.fence(); break;
      case 'unreachable': case 'return': case 'drop': case 'select': c[name as 'drop'](); break;
      default: throw new Error(`not in a function's text: ${line}`);
    }
  }
  c.end();
  return Buffer.from(c.finished());
}
/** Of a quiet NaN the usual bits. */
const number = (text: string): number => (text.includes('nan') ? NaN : Number(text.replace('inf', 'Infinity')));

describe.each([['i32', 65536], ['i64', 262144]] as const)('the modules of every start, %s', (address, pages) => {
  test.each(listImages(address, pages))('%s is the same when its text is encoded again', (_key, { bytes }) => {
    const text = moduleText(bytes);
    const all = (what: RegExp) => [...text.matchAll(what)].map((m) => m[1]!);
    const names = [all(/\(import .*\(func (\S+) /g).concat(all(/^  \(func (\S+) /gm)), all(/\(memory (\S+) /g), all(/^  \(.*table (\S+) \d+ funcref/gm)] as const;
    const bodies = text.split(/^  \(func /m).slice(1).map((body) => body.split('\n').slice(1, body.split('\n').indexOf('  )')).filter((line) => !line.includes('(local ')));
    expect(bodies.length).toBeGreaterThan(1);
    const encoded = Buffer.from(bytes);
    let from = 0;
    for (const body of bodies) {
      const at = encoded.indexOf(assemble(body, ...names), from);
      expect({ body: at < 0 ? body.join('\n') : '' }).toEqual({ body: '' });
      from = at + 1;
    }
  });
});
